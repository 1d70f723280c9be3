//! Property tests: a converted rule finds the same as the original expression.

use super::*;

/// Expressions that together need most conversions: (original, group).
const EXPRESSIONS: [(&str, ValueGroup); 9] = [
    (
        r"acme(?:a([0-9]{12})|b[a-f]{12}|c([g-k]{12}))?\.",
        ValueGroup::FirstOfAll,
    ),
    (r"\b(acme_[a-z0-9]{20,})\b", ValueGroup::FirstOfAll),
    (
        r#"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|=>|,)[\x60'"\s=]{0,5}([a-f0-9]{20})(?:[\x60'"\s;]|\\[nr]|$)"#,
        ValueGroup::FirstOfAll,
    ),
    (
        r"acme(?:a([0-9]{12,14})|b([a-f]{12}))",
        ValueGroup::FirstOfAll,
    ),
    (
        r"(?x) acme \s+ login \s+ ([^\s]+) \s+ password \s+ ([^\s]+)",
        ValueGroup::Last,
    ),
    (
        r"(?i)acme(?:.|[\n\r]){0,32}?\b([a-z0-9]{24})\b",
        ValueGroup::NamedOrFirst("TOKEN"),
    ),
    (r"(?:^|\n)acme=([a-z0-9]{16})", ValueGroup::FirstOfAll),
    (r"(?s)BEGIN ACME(.{40,}?)END ACME", ValueGroup::FirstOfAll),
    (r"[a-f0-9]{16}-acme\d{1,2}", ValueGroup::FirstOfAll),
];

/// Places of the values that the original expression finds in the whole text.
fn by_theirs(regex: &Regex, group: &ValueGroup, text: &[u8]) -> BTreeSet<(usize, usize)> {
    let mut found = BTreeSet::new();
    let mut from = 0;
    while let Some(captures) = (from <= text.len())
        .then(|| regex.captures_at(text, from))
        .flatten()
    {
        let last = captures.len() - 1;
        let value = match group {
            ValueGroup::Last => captures.get(last),
            _ => (1..=last)
                .find_map(|number| captures.get(number))
                .or_else(|| captures.get(0)),
        };
        let value: Range<usize> = value.unwrap().range();
        from = value.end.max(from + 1);
        found.insert((value.start, value.end));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The converted rules find the values of the original in a text, before filters.
    #[test]
    fn a_rule_that_came_over_finds_the_same(
        which in 0..EXPRESSIONS.len(),
        pieces in prop::collection::vec((0..60u64, prop::sample::select(vec![" ", "\n", "\n\n", "x\n", ";", " = ", "\"\n", "acme"])), 1..5),
    ) {
        let (theirs, group) = &EXPRESSIONS[which];
        let all = pattern_conversion::convert(theirs, false, group).unwrap();
        let mut text = String::from("\n");
        for (seed, between) in pieces {
            let ours = &all[seed as usize % all.len()];
            if let Some(template) = crate::detect::foreign::example_text::template(&ours.hir, seed) {
                text.push_str(&expand(&format!("{seed}\n{template}")).unwrap());
            }
            text.push_str(between);
        }
        text.push('\n');
        let mut found = BTreeSet::new();
        for ours in all {
            let spec = RuleSpec {
                id: "acme".into(),
                name: "Acme".into(),
                kind: Kind::ThirdParty,
                confidence: Confidence::High,
                anchors: required_literals::anchors(&ours.hir).unwrap(),
                pattern: Some(ours.pattern),
                keywords: Vec::new(),
                followed_by: Vec::new(),
        near: None,
                opens: None,
                chosen: false,
                base64: false,
                format: None,
                value: None,
                names: Vec::new(),
                reach: ours.reach,
                min_entropy: None,
                proof: None,
                part: None,
                examples: vec!["acme".into()],
                negatives: Vec::new(),
            };
            let engine = Engine::new(vec![Rule::compile(&spec, "", true).unwrap()], 0);
            let explained = engine.explain(Text::plain(text.as_bytes(), FileKind::Config));
            found.extend(explained.matches.iter().map(|found| (found.range.start, found.range.end)));
            found.extend(explained.events.iter().filter_map(|event| match event {
                Event::Rejected { range, .. } | Event::Overruled { range, .. } => Some((range.start, range.end)),
                _ => None,
            }));
        }
        let regex = Regex::new(&format!("(?-u){theirs}")).unwrap();
        let wanted = by_theirs(&regex, group, text.as_bytes());
        prop_assert_eq!(found, wanted, "{} in {:?}", theirs, text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever the expression is: a rule that a person can load, or a reason.
    #[test]
    fn any_expression_comes_over_or_stays(
        regex in r"(acme_|[\[\]\(\)\{\}\\|?*+^$.,:=<>&~!-]|\\[bdwszAQE1]|[0-9]{1,2}|\[\^?[a-f]|\(\?[:i]|\(\?P<a>|\{[0-9]{1,2},\}|\]\)){0,14}",
        go: bool,
    ) {
        let text = if go {
            format!("[[rules]]\nid = 'acme'\nregex = '''{regex}x'''\n")
        } else {
            format!("rules:\n- id: acme\n  pattern: {}\n", serde_json::to_string(&regex).unwrap())
        };
        let conversion = import(if go { "a.toml" } else { "a.yml" }, &text);
        prop_assert_eq!(conversion.outcomes.len(), 1);
        for file in conversion.files.values() {
            for spec in &file.rules {
                prop_assert_eq!(selftest::failures(file, spec), []);
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "([\\[\\]{}:=\"'#\n,-]|rules|id|regex|pattern|acme| ){0,30}") {
        for name in ["a.toml", "a.yml", "a"] {
            if let Ok(foreign) = read(Path::new(name), &text) {
                convert(foreign, &BTreeSet::new());
            }
        }
    }
}
