//! Keys of a keyboard.

/// Whether a value is a combination of keys, or a row of them: `ctrl+shift+p`, `cmd+k cmd+s`, `Ctrl-Alt-Delete`, `<C-x>`.
pub(super) fn is_key_binding(value: &[u8]) -> bool {
    const LONGEST: usize = 64;
    value.len() <= LONGEST
        && std::str::from_utf8(value).is_ok_and(|text| {
            let mut chords = text
                .split([' ', ',', '|'])
                .filter(|chord| !chord.is_empty())
                .peekable();
            chords.peek().is_some() && chords.all(is_chord)
        })
}

/// Whether a text is one key or more, held together, of which all but the last are modifiers.
fn is_chord(text: &str) -> bool {
    let text = text
        .strip_prefix('<')
        .and_then(|inner| inner.strip_suffix('>'))
        .unwrap_or(text);
    ['+', '-']
        .into_iter()
        .any(|separator| is_joined(text, separator))
}

/// Whether a text is modifiers and a key with a separator between them.
fn is_joined(text: &str, separator: char) -> bool {
    const MODIFIERS: [&str; 22] = [
        "ctrl",
        "control",
        "ctl",
        "cmd",
        "command",
        "cmdorctrl",
        "commandorcontrol",
        "alt",
        "option",
        "opt",
        "shift",
        "meta",
        "super",
        "win",
        "mod",
        "primary",
        "hyper",
        "ctrlcmd",
        "altgr",
        "c",
        "m",
        "s",
    ];
    // The key may be the separator itself: `ctrl++`.
    let last = text.char_indices().next_back().map_or(0, |(at, _)| at);
    let Some(at) = text[..last].rfind(separator) else {
        return false;
    };
    let (modifiers, key) = (&text[..at], &text[at + 1..]);
    let is_modifier = |part: &str| {
        MODIFIERS
            .iter()
            .any(|known| part.eq_ignore_ascii_case(known))
    };
    modifiers.split(separator).all(is_modifier) && is_key(key)
}

/// Whether a text is the name of one key.
fn is_key(text: &str) -> bool {
    const KEYS: [&str; 36] = [
        "enter",
        "return",
        "esc",
        "escape",
        "tab",
        "space",
        "spacebar",
        "backspace",
        "delete",
        "del",
        "insert",
        "ins",
        "home",
        "end",
        "pageup",
        "pagedown",
        "pgup",
        "pgdn",
        "up",
        "down",
        "left",
        "right",
        "arrowup",
        "arrowdown",
        "arrowleft",
        "arrowright",
        "plus",
        "minus",
        "equal",
        "comma",
        "period",
        "slash",
        "backslash",
        "click",
        "wheel",
        "capslock",
    ];
    let is_function = |number: &str| {
        number
            .parse::<u8>()
            .is_ok_and(|number| (1..=24).contains(&number))
    };
    text.chars().count() == 1
        || KEYS.iter().any(|known| text.eq_ignore_ascii_case(known))
        || text.strip_prefix(['f', 'F']).is_some_and(is_function)
        || text
            .strip_prefix("Numpad")
            .is_some_and(|digit| digit.len() == 1)
        || text
            .strip_prefix("Key")
            .is_some_and(|letter| letter.len() == 1)
        || text
            .strip_prefix("Digit")
            .is_some_and(|digit| digit.len() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_of_keys_are_told_from_values() {
        for keys in [
            "ctrl+shift+p",
            "cmd+k cmd+s",
            "alt+F4",
            "shift+ArrowUp",
            "Ctrl-Alt-Delete",
            "ctrl++",
            "Ctrl-=|Ctrl-+",
            "Ctrl+0|Ctrl-Numpad0",
            "<C-x>",
            "CmdOrCtrl+Shift+KeyP",
        ] {
            assert!(is_key_binding(keys.as_bytes()), "{keys}");
        }
        for value in [
            "Winter",
            "a+b",
            "s3cr3t-x",
            "ctrl+winter",
            "F5",
            "",
            "-",
            "+",
            "shift",
            "ctrl-alt-del-x1",
        ] {
            assert!(!is_key_binding(value.as_bytes()), "{value}");
        }
    }
}
