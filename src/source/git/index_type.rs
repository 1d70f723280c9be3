//! Index types: numbers of the entries of one table, which the compiler keeps apart from those of other tables.

/// Declares a `u32` that is an index into one table. It costs no more than a `u32`, and is stored like one.
macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            Default,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            serde::Serialize,
            serde::Deserialize,
        )]
        #[serde(transparent)]
        #[repr(transparent)]
        pub struct $name(u32);

        impl $name {
            /// The index with this number.
            #[inline(always)]
            pub const fn new(number: u32) -> Self {
                Self(number)
            }

            /// The index of a place in a table of at most 2³² entries.
            #[inline(always)]
            pub const fn at(place: usize) -> Self {
                Self(place as u32)
            }

            /// The number itself.
            #[inline(always)]
            pub const fn get(self) -> u32 {
                self.0
            }

            /// The place in the table.
            #[inline(always)]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

pub(crate) use index_type;
