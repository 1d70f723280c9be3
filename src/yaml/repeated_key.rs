//! Keys that a mapping has twice.
//!
//! The reader gives the place of the whole mapping for such a mistake; this finds the place of the
//! second key.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess,
};

/// The error for the first key of `text` that its mapping has already. It has the place of the
/// later of the two.
pub(super) fn repeated_key_error(text: &str) -> Option<serde_yaml::Error> {
    let found = Cell::new(false);
    let deserializer = serde_yaml::Deserializer::from_str(text);
    // The visitor fails on purpose at the key: the reader adds the key path and the place.
    let error = AnyValue(&found).deserialize(deserializer).err()?;
    found.get().then_some(error)
}

/// Visits any value, and all values in it.
#[derive(Clone, Copy)]
struct AnyValue<'a>(&'a Cell<bool>);

impl<'de> DeserializeSeed<'de> for AnyValue<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for AnyValue<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        loop {
            let key = NewKey {
                seen: &mut seen,
                found: self.0,
            };
            if map.next_key_seed(key)?.is_none() {
                return Ok(());
            }
            map.next_value_seed(self)?;
        }
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<(), A::Error> {
        let (_, variant) = data.variant::<de::IgnoredAny>()?;
        variant.newtype_variant_seed(self)
    }
}

/// Visits a key. Fails if the mapping has it already.
struct NewKey<'a> {
    seen: &'a mut BTreeSet<String>,
    found: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl de::Visitor<'_> for NewKey<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        if self.seen.insert(key.to_owned()) {
            return Ok(());
        }
        self.found.set(true);
        Err(E::custom(format_args!("`{key}` is given twice")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_key_is_found() {
        let found = |text| repeated_key_error(text).map(|error| error.to_string());
        assert_eq!(
            found("a: 1\nb: { c: 2, c: 3 }\n").as_deref(),
            Some("b: `c` is given twice at line 2 column 12")
        );
        assert_eq!(
            found("list:\n  - a: x\n    b: null\n    a: [1.5, true]\n").as_deref(),
            Some("list[0]: `a` is given twice at line 4 column 5")
        );
        for text in [
            "a: 1\nb: 2\n",
            "",
            "- a: 1\n- a: 2\n",
            "a: {\n",
            "a: 1\n? [x]\n: 2\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
