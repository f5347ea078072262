//! The holder's attributes in the subject alternative name of a signature certificate.

use x509_parser::extensions::GeneralName;

use super::der::{self, Cursor, NotDer};
use super::oid::Oid;
use crate::domain::date::BirthDate;
use crate::domain::person::{Attributes, OtherAttribute, Sex, SubstituteFlags};

/// Reads the attributes (基本4情報) among alternative names; `None` if there is not one.
///
/// They are found by identifier and never by place: cards write them in the order .1, .4, .3, .5,
/// .2, .6. What has an unknown identifier or shape is kept as text.
pub(crate) fn read(names: &[GeneralName<'_>]) -> Option<Attributes> {
    let mut attributes = Attributes::default();
    for name in names {
        let GeneralName::OtherName(oid, value) = name else {
            continue;
        };
        let Some(number) = oid.as_bytes().strip_prefix(Oid::PERSONAL_DATA.content()) else {
            continue;
        };
        let text = text(value);
        let taken = text
            .as_deref()
            .is_ok_and(|text| attributes_take(&mut attributes, number, text));
        if !taken {
            attributes.others.push(OtherAttribute {
                oid: Oid::from_content(oid.as_bytes()).to_string(),
                text: text.unwrap_or_else(|_| hexadecimal(value)),
            });
        }
    }
    (!attributes.is_empty()).then_some(attributes)
}

/// Puts a text where it belongs; says no if the place is taken, unknown, or of another shape.
fn attributes_take(attributes: &mut Attributes, number: &[u8], text: &str) -> bool {
    fn put<T>(place: &mut Option<T>, value: Option<T>) -> bool {
        let free = place.is_none() && value.is_some();
        if free {
            *place = value;
        }
        free
    }
    let flags = || SubstituteFlags::from_certificate(text).ok();
    match number {
        [1] => put(&mut attributes.name, Some(text.to_owned())),
        [2] => put(&mut attributes.name_substitutes, flags()),
        [3] => put(&mut attributes.sex, Sex::from_certificate(text).ok()),
        [4] => put(
            &mut attributes.birth,
            BirthDate::from_certificate(text).ok(),
        ),
        [5] => put(&mut attributes.address, Some(text.to_owned())),
        [6] => put(&mut attributes.address_substitutes, flags()),
        _ => false,
    }
}

/// The text of an otherName value: `[0]` around a string.
fn text(value: &[u8]) -> Result<String, NotDer> {
    let mut inside = Cursor::new(der::only(0xa0, value)?.value);
    let string = inside.any()?;
    let readable = [der::UTF8_STRING, der::PRINTABLE_STRING, der::IA5_STRING].contains(&string.tag);
    if !readable || !inside.is_empty() {
        return Err(NotDer);
    }
    String::from_utf8(string.value.to_vec()).map_err(|_| NotDer)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use x509_parser::extensions::SubjectAlternativeName;
    use x509_parser::prelude::FromDer;

    use super::*;

    /// The value that a J-LIS test card holds; its holder is made up by J-LIS.
    const TEST_CARD: &str = "\
        3081D2A01F060A2A83088C9B5508050501A0110C0FE9BB92E6A190E38080E5B9B9E4B99FA019060A2A83088C9B\
        5508050504A00B0C09333139383030323137A011060A2A83088C9B5508050503A0030C0131A046060A2A83088C\
        9B5508050505A0380C36E69DB1E4BAACE983BDE6B885E780ACE5B882E8A6B3E5B883E5AD90E58D97EFBC91EFBC\
        92EFBC8DEFBC97EFBC8DEFBC92EFBC90EFBC92A015060A2A83088C9B5508050502A0070C053030303030A02206\
        0A2A83088C9B5508050506A0140C12303030303030303030303030303030303030";

    fn from_hex(digits: &str) -> Vec<u8> {
        let pair =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.as_bytes().chunks(2).map(pair).collect()
    }

    fn attributes(der: &[u8]) -> Option<Attributes> {
        read(
            &SubjectAlternativeName::from_der(der)
                .unwrap()
                .1
                .general_names,
        )
    }

    #[test]
    fn the_test_card_reads_as_published() {
        let person = attributes(&from_hex(TEST_CARD)).unwrap();
        assert_eq!(person.name.as_deref(), Some("黒桐　幹也"));
        assert_eq!(
            person.address.as_deref(),
            Some("東京都清瀬市観布子南１２－７－２０２")
        );
        assert_eq!(person.birth.unwrap().japanese(), "昭和55年2月17日");
        assert_eq!(person.sex, Some(Sex::Male));
        let (name, address) = (person.name.unwrap(), person.address.unwrap());
        assert!(
            person
                .name_substitutes
                .is_some_and(|f| f.fit(&name) && !f.any())
        );
        assert!(
            person
                .address_substitutes
                .is_some_and(|f| f.fit(&address) && !f.any())
        );
        assert_eq!(person.others, []);
    }

    fn one(number: u8, value: &[u8]) -> Vec<u8> {
        let mut name = vec![6, 10];
        name.extend_from_slice(Oid::PERSONAL_DATA.content());
        name.push(number);
        name.extend_from_slice(value);
        [
            &[0x30, name.len() as u8 + 2, 0xa0, name.len() as u8],
            &name[..],
        ]
        .concat()
    }

    fn string(text: &str) -> Vec<u8> {
        [
            &[0xa0, text.len() as u8 + 2, 0x0c, text.len() as u8],
            text.as_bytes(),
        ]
        .concat()
    }

    #[test]
    fn what_is_not_understood_is_kept_and_never_fatal() {
        for (number, value, text) in [
            (7, string("コクトウ　ミキヤ"), "コクトウ　ミキヤ"),
            (4, string("319801317"), "319801317"),
            (4, string("1980-2-17"), "1980-2-17"),
            (3, string("男"), "男"),
            (2, string("00x"), "00x"),
            (1, b"\xa0\x03\x0c\x01\xff".to_vec(), "a0030c01ff"),
            (1, b"\xa0\x05\x0c\x01a\x05\x00".to_vec(), "a0050c01610500"),
            (1, b"\x0c\x01a".to_vec(), "0c0161"),
            (1, b"".to_vec(), ""),
        ] {
            let person = attributes(&one(number, &value)).unwrap();
            let oid = format!("1.2.392.200149.8.5.5.{number}");
            assert_eq!(
                person.others,
                [OtherAttribute {
                    oid,
                    text: text.to_owned()
                }]
            );
            assert!(person.name.is_none() && person.birth.is_none() && person.sex.is_none());
        }
    }

    #[test]
    fn of_two_names_the_first_counts_and_the_second_is_seen() {
        let (first, second) = (one(1, &string("黒桐　幹也")), one(1, &string("荒耶　宗蓮")));
        let both = [
            &[0x30, (first.len() + second.len() - 4) as u8],
            &first[2..],
            &second[2..],
        ];
        let person = attributes(&both.concat()).unwrap();
        assert_eq!(person.name.as_deref(), Some("黒桐　幹也"));
        assert_eq!(person.others[0].text, "荒耶　宗蓮");
    }

    #[test]
    fn names_of_other_arcs_are_no_attributes() {
        let elsewhere = b"\x30\x0b\xa0\x09\x06\x03\x2a\x03\x04\xa0\x02\x0c\x00";
        assert_eq!(attributes(elsewhere), None);
        assert_eq!(attributes(b"\x30\x03\x82\x01a"), None);
    }
}
