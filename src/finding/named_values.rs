//! Enumerations whose values have a name in files.

/// Defines an enumeration without fields, the list `ALL` of its values, and `name` and `of_name`.
macro_rules! named_values {
    (
        $(#[$about:meta])*
        pub enum $name:ident { $($(#[$about_value:meta])* $value:ident = $text:literal,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$about_value])* $value,)+ }

        impl $name {
            /// All values, in order.
            pub const ALL: &[$name] = &[$($name::$value),+];

            /// The name in files and reports.
            pub fn name(self) -> &'static str {
                match self { $($name::$value => $text,)+ }
            }

            /// The value with this name.
            pub fn of_name(name: &str) -> Option<Self> {
                match name { $($text => Some($name::$value),)+ _ => None }
            }
        }
    };
}

pub(super) use named_values;
