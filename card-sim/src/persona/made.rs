//! Residents by the hundred: everything about each is drawn from a seed and a number.
//!
//! The same seed and number give the same text, byte for byte, on every computer. Whatever has to be
//! different for each resident of a seed (My Number, serial numbers, keys) counts from a place that
//! the seed chooses; names and addresses are drawn. Family names and towns are invented, so that no
//! drawn person can be a real one; municipalities are real.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Persona;
use super::key::RsaKey;
use crate::os::quirk::Quirks;

/// How many residents a seed makes, each with keys of its own.
pub const MADE_RESIDENTS: u32 = (RsaKey::MADE - OF_MUNICIPALITIES) / KEYS;

impl Persona {
    /// A commented TOML text for the resident `number` of `seed`, which [`load`](Self::load) accepts.
    ///
    /// It names every field that a persona file can have. Numbers from [`MADE_RESIDENTS`] on begin
    /// anew with keys that were used before.
    #[must_use]
    pub fn template(id: &str, seed: &str, number: u32) -> String {
        filled(
            include_str!("../../personas/template.toml"),
            "or",
            id,
            seed,
            number,
        )
    }

    /// The same file with its comments in Japanese.
    #[must_use]
    pub fn template_in_japanese(id: &str, seed: &str, number: u32) -> String {
        let template = include_str!("../../personas/template.ja.toml");
        filled(template, "または", id, seed, number)
    }
}

/// A template with its values, and all quirks.
fn filled(template: &str, or: &str, id: &str, seed: &str, number: u32) -> String {
    let mut text = template.to_owned();
    for (name, value) in values(id, seed, number) {
        text = text.replace(&format!("@{name}@"), &value);
    }
    // All of them, with the values that are believed of some card.
    for name in Quirks::NAMES {
        let [default, others @ ..] = Quirks::values_of(name) else {
            continue;
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# {name} = \"{default}\"  # {or} \"{}\"",
            others.join("\", \"")
        );
    }
    text
}

/// The values of the template, by the names of their places.
fn values(id: &str, seed: &str, number: u32) -> Vec<(&'static str, String)> {
    let draw = Draw { seed, number };
    let (code, place, prefecture, municipality) = *draw.of("municipality", MUNICIPALITIES);
    let woman = draw.below("sex", 2) == 1;
    let given = if woman { WOMEN } else { MEN };
    let name = format!(
        "{}　{}",
        draw.of("family", FAMILIES),
        draw.of("given", given)
    );
    let address = format!(
        "{place}{}{}丁目{}番{}号",
        draw.of("town", TOWNS),
        draw.of("district", &["一", "二", "三", "四", "五"]),
        wide(1 + draw.below("block", 40)),
        wide(1 + draw.below("house", 30)),
    );
    let birth = Day {
        year: 1935 + draw.below("year", 73),
        month: 1 + draw.below("month", 12),
        day: 1 + draw.below("day", 28),
    };
    // In the three years before the autumn of 2026, so that nothing has ended yet.
    let issue = Day {
        year: 2024 + draw.below("issue year", 3),
        month: 1 + draw.below("issue month", 9),
        day: 1 + draw.below("issue day", 28),
    };
    let (hour, minute) = (draw.below("hour", 8), draw.below("minute", 60));
    // Japanese time is nine hours ahead, still on the same day.
    let stamp = format!(
        "{}{:02}{:02}{:02}{minute:02}",
        issue.year,
        issue.month,
        issue.day,
        hour + 9
    );
    let counted = draw.counted("serial", 100_000_000_000);
    let keys = draw.counted("keys", u64::from(MADE_RESIDENTS)) * u64::from(KEYS);
    let letters: String = (0..14)
        .map(|at| *draw.of(&format!("letter {at}"), LETTERS))
        .collect();
    let expires = |years| {
        // The birthday of that count after the issue.
        let first = u64::from((birth.month, birth.day) <= (issue.month, issue.day));
        let year = issue.year + first + years - 1;
        format!("{year}-{:02}-{:02}", birth.month, birth.day)
    };
    let issued = format!(
        "{}-{:02}-{:02}T{hour:02}:{minute:02}:00Z",
        issue.year, issue.month, issue.day
    );
    let text = |value: &str| toml::Value::from(value).to_string();
    vec![
        // Seeds may hold anything; here they stand in a comment.
        ("seed", text(seed).replace('\n', "\\n")),
        ("number", number.to_string()),
        ("id", text(id)),
        ("name", name),
        ("address", address),
        ("birth", birth.with_era()),
        ("sex", if woman { "2" } else { "1" }.to_owned()),
        ("my-number", my_number(draw.counted("my number", 100_000))),
        ("serial", format!("9991{counted:011}")),
        ("identification", format!("SIM91{counted:011}")),
        ("municipality", code.to_owned()),
        ("municipality-name", municipality.to_owned()),
        ("prefecture", prefecture.to_owned()),
        ("expiry", expires(10)),
        (
            "security-code",
            format!("{:04}", draw.below("security code", 10_000)),
        ),
        ("issued", issued),
        ("expires", expires(5)),
        (
            "authentication-serial",
            (10_000_000 + draw.counted("authentication", 1_000_000_000)).to_string(),
        ),
        (
            "signature-serial",
            (10_000_000 + draw.counted("signature", 1_000_000_000)).to_string(),
        ),
        ("authentication-name", format!("{letters}{code}003A")),
        (
            "signature-name",
            format!("{stamp}{:07}{code}003A", draw.counted("signer", 10_000_000)),
        ),
        ("authentication-key", keys.to_string()),
        ("signature-key", (keys + 1).to_string()),
        ("card-keys", (keys + 2).to_string()),
        ("municipality-keys", municipality_keys(code).to_string()),
        ("pictures", text(&format!("drawn:{seed} {number}"))),
    ]
}

/// Two certificates and four of the card.
const KEYS: u32 = 6;

/// Three keys for each code of a municipality that is in the list, at the end of all keys.
const OF_MUNICIPALITIES: u32 = 3000;

fn municipality_keys(code: &str) -> u32 {
    let at = MUNICIPALITIES
        .iter()
        .position(|(listed, ..)| *listed == code);
    RsaKey::MADE - OF_MUNICIPALITIES + 3 * at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

/// Chances that a seed and a number decide.
struct Draw<'a> {
    seed: &'a str,
    number: u32,
}

impl Draw<'_> {
    fn hash(parts: &[&str], below: u64) -> u64 {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        let [a, b, c, d, e, f, g, h, ..] = hash.0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h]) % below
    }

    fn below(&self, what: &str, below: u64) -> u64 {
        Self::hash(&[what, self.seed, &self.number.to_string()], below)
    }

    /// Another value for each number, as long as there are values.
    fn counted(&self, what: &str, below: u64) -> u64 {
        (Self::hash(&[what, self.seed], below) + u64::from(self.number)) % below
    }

    fn of<'b, T>(&self, what: &str, list: &'b [T]) -> &'b T {
        let at = self.below(what, list.len() as u64);
        #[expect(
            clippy::indexing_slicing,
            reason = "below the length, and no list is empty"
        )]
        &list[usize::try_from(at).unwrap_or(0)]
    }
}

struct Day {
    year: u64,
    month: u64,
    day: u64,
}

impl Day {
    /// 元号 as a digit, then the Gregorian date.
    fn with_era(&self) -> String {
        let Self { year, month, day } = self;
        let era = match (year, month, day) {
            (..=1988, _, _) | (1989, 1, ..=7) => 3,
            (..=2018, _, _) | (2019, ..=4, _) => 4,
            _ => 5,
        };
        format!("{era}{year:04}{month:02}{day:02}")
    }
}

/// Six zeros in front, five digits, and the check digit of the ministerial order on My Number.
fn my_number(number: u64) -> String {
    let digits = format!("{number:011}");
    let weights = (2..=7).chain(2..=6);
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip(weights)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    format!("{digits}{check}")
}

/// Digits as they stand in an address.
fn wide(number: u64) -> String {
    let wide = |digit: char| char::from_u32(u32::from(digit) + 0xfee0).unwrap_or(digit);
    number.to_string().chars().map(wide).collect()
}

const LETTERS: &[char] = &[
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'L', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'U',
    'V', 'W', 'X', 'Y', 'Z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Nobody bears these: 見本 sample, 架空 and 仮名 invented, 例示 example, 模擬 mock, 試験 test.
const FAMILIES: &[&str] = &[
    "見本",
    "見本田",
    "見本川",
    "見本山",
    "見本崎",
    "架空",
    "架空橋",
    "架空谷",
    "架空森",
    "仮名",
    "仮名沢",
    "仮名原",
    "例示",
    "例示島",
    "例示野",
    "例示坂",
    "模擬",
    "模擬林",
    "模擬浜",
    "試験",
    "試験台",
    "試験木",
    "記入例",
    "氏名例",
    "雛形",
    "雛形屋",
    "練習",
    "練習堂",
    "見立",
    "見立木",
];

const WOMEN: &[&str] = &[
    "花子",
    "桜",
    "梅子",
    "春香",
    "夏美",
    "秋子",
    "美雪",
    "千代",
    "和子",
    "良子",
    "由美",
    "直美",
    "久美子",
    "恵",
    "さくら",
    "ひかり",
    "みどり",
    "あおい",
    "かえで",
    "すみれ",
    "つばさ",
    "のぞみ",
    "リサ",
    "マリ",
    "幸",
    "光",
    "文",
    "朝子",
    "奈々",
    "百合子",
];

const MEN: &[&str] = &[
    "太郎",
    "次郎",
    "三郎",
    "一郎",
    "健",
    "誠",
    "隆",
    "茂",
    "清",
    "実",
    "正",
    "大輔",
    "健太",
    "翔太",
    "直人",
    "和也",
    "拓也",
    "達也",
    "剛",
    "学",
    "はじめ",
    "つよし",
    "まこと",
    "たけし",
    "ケンジ",
    "カズヤ",
    "光男",
    "昭夫",
    "平太",
    "勝",
];

/// Towns that no municipality has.
const TOWNS: &[&str] = &[
    "架空町",
    "見本町",
    "仮想台",
    "例示",
    "模擬ケ丘",
    "試験本町",
    "無名町",
    "空欄台",
    "見取町",
    "想定坂",
];

/// Code without check digit, name with prefecture, and both as certificates write them. Source:
/// 全国地方公共団体コード of the Ministry of Internal Affairs and Communications.
const MUNICIPALITIES: &[(&str, &str, &str, &str)] = &[
    ("01202", "北海道函館市", "Hokkaido", "Hakodate-shi"),
    ("01203", "北海道小樽市", "Hokkaido", "Otaru-shi"),
    ("01204", "北海道旭川市", "Hokkaido", "Asahikawa-shi"),
    ("02201", "青森県青森市", "Aomori-ken", "Aomori-shi"),
    ("03201", "岩手県盛岡市", "Iwate-ken", "Morioka-shi"),
    ("05201", "秋田県秋田市", "Akita-ken", "Akita-shi"),
    ("06201", "山形県山形市", "Yamagata-ken", "Yamagata-shi"),
    ("07201", "福島県福島市", "Fukushima-ken", "Fukushima-shi"),
    ("08201", "茨城県水戸市", "Ibaraki-ken", "Mito-shi"),
    ("09201", "栃木県宇都宮市", "Tochigi-ken", "Utsunomiya-shi"),
    ("10201", "群馬県前橋市", "Gunma-ken", "Maebashi-shi"),
    ("13101", "東京都千代田区", "Tokyo-to", "Chiyoda-ku"),
    ("13102", "東京都中央区", "Tokyo-to", "Chuo-ku"),
    ("13103", "東京都港区", "Tokyo-to", "Minato-ku"),
    ("13104", "東京都新宿区", "Tokyo-to", "Shinjuku-ku"),
    ("13105", "東京都文京区", "Tokyo-to", "Bunkyo-ku"),
    ("13106", "東京都台東区", "Tokyo-to", "Taito-ku"),
    ("13107", "東京都墨田区", "Tokyo-to", "Sumida-ku"),
    ("13108", "東京都江東区", "Tokyo-to", "Koto-ku"),
    ("13109", "東京都品川区", "Tokyo-to", "Shinagawa-ku"),
    ("13110", "東京都目黒区", "Tokyo-to", "Meguro-ku"),
    ("13111", "東京都大田区", "Tokyo-to", "Ota-ku"),
    ("13112", "東京都世田谷区", "Tokyo-to", "Setagaya-ku"),
    ("13113", "東京都渋谷区", "Tokyo-to", "Shibuya-ku"),
    ("13114", "東京都中野区", "Tokyo-to", "Nakano-ku"),
    ("13115", "東京都杉並区", "Tokyo-to", "Suginami-ku"),
    ("13116", "東京都豊島区", "Tokyo-to", "Toshima-ku"),
    ("13117", "東京都北区", "Tokyo-to", "Kita-ku"),
    ("13119", "東京都板橋区", "Tokyo-to", "Itabashi-ku"),
    ("13120", "東京都練馬区", "Tokyo-to", "Nerima-ku"),
    ("13121", "東京都足立区", "Tokyo-to", "Adachi-ku"),
    ("13122", "東京都葛飾区", "Tokyo-to", "Katsushika-ku"),
    ("13123", "東京都江戸川区", "Tokyo-to", "Edogawa-ku"),
    ("16201", "富山県富山市", "Toyama-ken", "Toyama-shi"),
    ("17201", "石川県金沢市", "Ishikawa-ken", "Kanazawa-shi"),
    ("18201", "福井県福井市", "Fukui-ken", "Fukui-shi"),
    ("19201", "山梨県甲府市", "Yamanashi-ken", "Kofu-shi"),
    ("20201", "長野県長野市", "Nagano-ken", "Nagano-shi"),
    ("21201", "岐阜県岐阜市", "Gifu-ken", "Gifu-shi"),
    ("24201", "三重県津市", "Mie-ken", "Tsu-shi"),
    ("25201", "滋賀県大津市", "Shiga-ken", "Otsu-shi"),
    ("29201", "奈良県奈良市", "Nara-ken", "Nara-shi"),
    ("30201", "和歌山県和歌山市", "Wakayama-ken", "Wakayama-shi"),
    ("31201", "鳥取県鳥取市", "Tottori-ken", "Tottori-shi"),
    ("32201", "島根県松江市", "Shimane-ken", "Matsue-shi"),
    ("35203", "山口県山口市", "Yamaguchi-ken", "Yamaguchi-shi"),
    ("36201", "徳島県徳島市", "Tokushima-ken", "Tokushima-shi"),
    ("37201", "香川県高松市", "Kagawa-ken", "Takamatsu-shi"),
    ("38201", "愛媛県松山市", "Ehime-ken", "Matsuyama-shi"),
    ("39201", "高知県高知市", "Kochi-ken", "Kochi-shi"),
    ("41201", "佐賀県佐賀市", "Saga-ken", "Saga-shi"),
    ("42201", "長崎県長崎市", "Nagasaki-ken", "Nagasaki-shi"),
    ("44201", "大分県大分市", "Oita-ken", "Oita-shi"),
    ("45201", "宮崎県宮崎市", "Miyazaki-ken", "Miyazaki-shi"),
    (
        "46201",
        "鹿児島県鹿児島市",
        "Kagoshima-ken",
        "Kagoshima-shi",
    ),
    ("47201", "沖縄県那覇市", "Okinawa-ken", "Naha-shi"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A thousand residents of one seed differ in everything that names a person, a card or a key.
    #[test]
    fn a_thousand_residents_are_a_thousand() {
        let all: Vec<_> = (0..1000)
            .map(|number| values("x", "seed", number))
            .collect();
        for what in [
            "my-number",
            "serial",
            "identification",
            "authentication-serial",
            "signature-serial",
            "authentication-name",
            "signature-name",
            "authentication-key",
            "signature-key",
            "card-keys",
            "pictures",
        ] {
            let of = |values: &Vec<(&str, String)>| {
                let found = values.iter().find(|(name, _)| *name == what);
                found.unwrap().1.clone()
            };
            let different: BTreeSet<String> = all.iter().map(of).collect();
            assert_eq!(different.len(), 1000, "{what}");
        }
        // Names and addresses are drawn, so a few may meet.
        let people: BTreeSet<_> = all.iter().map(|values| (&values[3], &values[4])).collect();
        assert!(people.len() >= 999, "{}", people.len());
        let municipalities: BTreeSet<_> = all.iter().map(|values| &values[10]).collect();
        assert!(municipalities.len() > MUNICIPALITIES.len() / 2);
    }

    #[test]
    fn the_same_seed_gives_the_same_text() {
        let text = Persona::template("one", "seed", 7);
        assert_eq!(text, Persona::template("one", "seed", 7));
        assert_ne!(text, Persona::template("one", "seed", 8));
        assert_ne!(text, Persona::template("one", "other", 7));
        assert!(!text.contains('@'), "{text}");
        // What a seed gave once, it gives for ever.
        let digest = Sha256::digest(format!("{:?}", values("one", "seed", 7)));
        assert_eq!(format!("{:x?}", &digest[..4]), "[fe, 1f, 9e, 5b]");
    }

    #[test]
    fn birthdays_end_certificates_and_cards() {
        for number in 0..1000 {
            let values = values("x", "seed", number);
            let of = |what| &values.iter().find(|(name, _)| *name == what).unwrap().1;
            let (issued, expires, expiry) = (of("issued"), of("expires"), of("expiry"));
            let birthday = &of("birth")[5..];
            assert_eq!(expires[5..].replace('-', ""), *birthday);
            assert_eq!(expiry[5..].replace('-', ""), *birthday);
            assert!(issued[..10] < expires[..] && expires < expiry, "{number}");
            // Nothing has ended by the end of 2026, and the authority lives longer.
            assert!(
                expires[..] > *"2027" && expires[..] < *"2033-07-15",
                "{expires}"
            );
        }
    }
}
