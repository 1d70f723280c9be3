//! The reasons for which a word does not lead to an assignment.

/// The reason why a word is not the end of a name that a value is assigned to; for `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAssignment {
    /// The name goes on after the word, with something other than a known suffix.
    NameGoesOn,
    /// No operator, bracket or the like follows the name.
    NoOperator,
    /// The value is empty, or a comment begins in its place.
    NoValue,
    /// A quote opens and does not close on its line, or an argument is not one literal alone.
    NoLiteral,
    /// A value without quotes, which in this kind of file is an expression.
    Expression,
    /// Several words without quotes, which read as a sentence.
    Sentence,
    /// The line has no value; it may be on a later line.
    Below,
    /// The name is a column of an SQL statement, whose rows have the values.
    Column,
    /// The value begins at this offset, and only the whole text shows where it ends.
    Open(usize),
}

impl NoAssignment {
    /// The reason in words, as the rest of a sentence whose subject is the word.
    pub fn reason(self) -> &'static str {
        match self {
            NoAssignment::NameGoesOn => "is part of a longer name",
            NoAssignment::NoOperator => "has no assignment after it",
            NoAssignment::NoValue => "is assigned nothing on its line",
            NoAssignment::NoLiteral => "is not assigned one whole literal on its line",
            NoAssignment::Expression => {
                "is assigned something without quotes, which in a file of this kind is an expression"
            }
            NoAssignment::Sentence => {
                "is followed by several words without quotes, which read as a sentence"
            }
            NoAssignment::Below => "is assigned no value on the lines below it",
            NoAssignment::Column => "is a column, and the rows have no literal in it",
            NoAssignment::Open(_) => "is assigned a value that does not end",
        }
    }
}
