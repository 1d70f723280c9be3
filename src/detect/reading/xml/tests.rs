use proptest::prelude::*;

use super::super::marked::{check, check_parts, check_stop};
use super::super::{Stop, read};
use crate::finding::{Certainty, Doubt, Syntax};

const EXACT: Certainty = Certainty::Exact;
const UNKNOWN: Certainty = Certainty::Doubtful(Doubt::UnknownEscape);

const fn doubtful(doubt: Doubt) -> Certainty {
    Certainty::Doubtful(doubt)
}

#[test]
fn texts_of_elements() {
    for (marked, value, certainty) in [
        ("<a>«b»</a>", "b", EXACT),
        ("<a><b>c</b><d e='f'>«g h»</d></a>", "g h", EXACT),
        ("<a>«b\"'c»</a>", "b\"'c", EXACT),
        (
            "<a>«&lt;&gt;&amp;&quot;&apos;&#65;&#x1F511;»</a>",
            "<>&\"'A🔑",
            EXACT,
        ),
        ("<a>«b\r\nc\rd&#13;»</a>", "b\nc\nd\r", EXACT),
        ("<a>«<![CDATA[b<&amp;\r\n]]>»</a>", "b<&amp;\n", EXACT),
        (
            "<a>«b&amp;<![CDATA[c&]]]]><![CDATA[>]]>d»</a>",
            "b&c&]]>d",
            EXACT,
        ),
        // Programs differ in what they do with white space at the ends.
        ("<a>« b »</a>", " b ", doubtful(Doubt::WhiteSpace)),
        ("<a>\n  «b c»\n</a>", "b c", doubtful(Doubt::WhiteSpace)),
        ("<a>«b<!-- c -->d»</a>", "bd", doubtful(Doubt::Comment)),
        ("<a>«b»<c/>d</a>", "b", doubtful(Doubt::Surroundings)),
        ("<a>b<c/>«d»</a>", "d", doubtful(Doubt::Surroundings)),
        (
            "<a>«&b;&#0;&#xD83D;& »</a>",
            "&b;&#0;&#xD83D;& ",
            doubtful(Doubt::WhiteSpace),
        ),
        ("<a>«&b;c»</a>", "&b;c", UNKNOWN),
        ("<a>«b\u{7}»</a>", "b\u{7}", doubtful(Doubt::Characters)),
        ("<a>«b]]>»</a>", "b]]>", doubtful(Doubt::Quoting)),
        (
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>«é»</a>",
            "é",
            doubtful(Doubt::Characters),
        ),
        (
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>«é»</a>",
            "é",
            EXACT,
        ),
    ] {
        check(Syntax::Xml, marked, value, certainty);
    }
}

#[test]
fn values_of_attributes() {
    for (marked, value, certainty) in [
        ("<a b=«\"c\"»/>", "c", EXACT),
        ("<a b = «'c\"&#10;&lt;'» d='e'>", "c\"\n<", EXACT),
        ("<a b=«\"c\r\n\td\"»>", "c  d", EXACT),
        ("<a b=«\"\"»>", "", EXACT),
        ("<a b=«\"&nbsp;\"»>", "&nbsp;", UNKNOWN),
        ("<a b=«\"c\"»d\">", "c", doubtful(Doubt::Quoting)),
        ("<a b=«\"c<d\"»>", "c<d", doubtful(Doubt::Quoting)),
    ] {
        check(Syntax::Xml, marked, value, certainty);
    }
}

#[test]
fn a_text_in_quotes_is_not_told_from_an_attribute() {
    let text = b"<a>\"b\"</a>";
    let reading = read(text, 3, Syntax::Xml).unwrap();
    assert_eq!(&reading.value[..], b"\"b\"");
    assert_eq!(reading.certainty, doubtful(Doubt::Quoting));
}

#[test]
fn what_is_no_value() {
    for (marked, stop) in [
        ("<a>«</a>", Stop::NoLiteral),
        ("<a>«<b>c</b></a>", Stop::NoLiteral),
        ("<a b=«c>", Stop::NoLiteral),
        ("<a b=«\"c>", Stop::Unfinished),
        ("<a>«b", Stop::Unfinished),
        ("<a>«<![CDATA[b]]</a>", Stop::Unfinished),
        ("«", Stop::NoLiteral),
    ] {
        check_stop(Syntax::Xml, marked, stop);
    }
}

proptest! {
    /// Any value that is written with references is read back, as text and as an attribute.
    #[test]
    fn values_are_read_back(value in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{1,40}", choices in any::<u64>()) {
        let mut choices = choices;
        let mut written = String::new();
        for character in value.chars() {
            choices = choices.rotate_left(3);
            if matches!(character, '<' | '&' | '>' | '"' | '\'' | '\r' | '\n' | '\t') || choices.is_multiple_of(5) {
                written.push_str(&format!("&#{};", u32::from(character)));
            } else {
                written.push(character);
            }
        }
        for text in [format!("<a>{written}</a>"), format!("<a b=\"{written}\"/>")] {
            let at = text.find("\"").unwrap_or(3);
            let reading = read(text.as_bytes(), at, Syntax::Xml).unwrap();
            prop_assert_eq!(&reading.value[..], value.as_bytes());
            let is_trimmed = at > 3 || written.trim_matches([' ', '\n', '\t', '\r']) == written;
            prop_assert_eq!(reading.certainty == EXACT, is_trimmed);
            check_parts(text.as_bytes(), &reading);
        }
    }
}
