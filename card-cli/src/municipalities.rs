//! Municipalities by code, as published by 総務省 (全国地方公共団体コード, JIS X 0402).

/// `CODE<TAB>NAME` in ascending order, the name with its prefecture; `CC000` is a prefecture.
const TABLE: &str = include_str!("../data/municipalities.tsv");

/// The month that the names are of.
pub(crate) const AS_OF: &str = "2024-01";

/// The name of a municipality, or of a ward of a designated city (指定都市の区), with its prefecture.
///
/// A ward that is not in the table, because it is older or newer, gets the name of its city. Another
/// code that it does not have, of a municipality newer than the table or made up, gets the name of
/// its prefecture.
pub(crate) fn name(code: &str) -> Option<String> {
    let prefecture = code.get(..2)?;
    let lines = TABLE.lines().filter_map(|line| line.split_once('\t'));
    let of_prefecture = lines.filter(|(known, _)| known.starts_with(prefecture));
    // The third digit of wards and of their city is 1; the city's code is the next below.
    let ward = code.get(2..3) == Some("1");
    let mut found = None;
    for (known, name) in of_prefecture {
        let city = ward && known.get(2..3) == Some("1") && known < code && name.ends_with('市');
        if known == code {
            return Some(name.to_owned());
        }
        if known.ends_with("000") || city && prefecture != "13" {
            found = Some(name.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn municipalities_wards_and_prefectures() {
        for (code, expected) in [
            ("13101", Some("東京都千代田区")),
            ("01202", Some("北海道函館市")),
            ("14100", Some("神奈川県横浜市")),
            ("14101", Some("神奈川県横浜市鶴見区")),
            ("14110", Some("神奈川県横浜市戸塚区")),
            ("26102", Some("京都府京都市上京区")),
            ("40133", Some("福岡県福岡市中央区")),
            // Until 2023, and one that there never was.
            ("22131", Some("静岡県浜松市")),
            ("14129", Some("神奈川県横浜市")),
            ("13199", Some("東京都")),
            ("14399", Some("神奈川県")),
            ("47000", Some("沖縄県")),
            ("48201", None),
            ("00000", None),
            ("", None),
        ] {
            assert_eq!(name(code).as_deref(), expected, "{code}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_has_every_prefecture() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let codes: Vec<&str> = lines.map(|line| line.split_once('\t').unwrap().0).collect();
        assert!(codes.is_sorted() && codes.len() > 1_700);
        assert!(codes.iter().all(|code| code.len() == 5));
        assert_eq!(
            codes.iter().filter(|code| code.ends_with("000")).count(),
            47
        );
    }
}
