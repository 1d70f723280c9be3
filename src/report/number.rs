//! Counts and sizes as text.

/// A count with its noun: `1 file`, `2 files`.
pub(crate) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// The number of secrets that were left out because an inventory dismisses them, in words.
pub fn dismissed_in_words(secrets: u64) -> String {
    format!(
        "{} dismissed in the inventory",
        count(secrets, "secret", "secrets")
    )
}

/// A size in decimal units with one digit after the point: `1.2 MB`.
pub(super) fn bytes(n: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let mut scaled = n as f64 / 1000.0;
    let mut unit = 0;
    // 999.95 would be rounded to 1000.0.
    while scaled >= 999.95 && unit + 1 < units.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let shown = [0, 999, 1000, 999_949, 999_950, 4_570_000_000].map(bytes);
        assert_eq!(
            shown,
            ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "4.6 GB"]
        );
    }
}
