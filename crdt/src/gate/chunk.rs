//! Reads the bytes of a change as far as needed to bound what decoding it would cost. No
//! automerge here, and nothing is expanded: run lengths are counted, not written out.
//!
//! Format: <https://automerge.org/automerge-binary-format-spec/> (change chunk).

use super::Refusal;
use super::limits::{
    ACTORS_PER_CHANGE_MAX, CHANGE_BYTES_MAX, KEY_BYTES_MAX, MARK_NAME_BYTES_MAX,
    OPERATIONS_PER_CHANGE_MAX, PARENTS_MAX, PREDECESSORS_PER_CHANGE_MAX,
};
use crate::ids::{ActorId, ChangeHash};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE_CHUNK: u8 = 1;

// Column numbers: id << 4 | type.
const OBJECT_ACTOR: u64 = 0x01;
const OBJECT_COUNTER: u64 = 0x02;
const KEY_ACTOR: u64 = 0x11;
const KEY_COUNTER: u64 = 0x13;
const KEY_TEXT: u64 = 0x15;
const INSERT: u64 = 0x34;
const ACTION: u64 = 0x42;
const VALUE_META: u64 = 0x56;
const VALUE_RAW: u64 = 0x57;
const PREDECESSOR_COUNT: u64 = 0x70;
const PREDECESSOR_ACTOR: u64 = 0x71;
const PREDECESSOR_COUNTER: u64 = 0x73;
const EXPAND: u64 = 0x94;
const MARK_NAME: u64 = 0xa5;

/// What a change says before its operations are decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The changes it builds on, in the order given: ascending.
    pub parents: Vec<ChangeHash>,
    /// Who made it.
    pub actor: ActorId,
    /// Its number among the changes of its actor, from 1.
    pub seq: u64,
    /// The number of its first operation.
    pub start_operation: u64,
    /// How many operations it has.
    pub operations: usize,
    /// How many actors it names besides its own.
    pub other_actors: usize,
}

impl Outline {
    /// Reads the outline of one plain change and bounds the cost of decoding the rest.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        if bytes.len() > CHANGE_BYTES_MAX {
            return Err(Refusal::Bytes);
        }
        let mut reader = Reader(bytes);
        let mut header = || {
            let magic = reader.take(4)?;
            let _checksum = reader.take(4)?; // covered by the canonical re-encoding
            let kind = reader.take(1)?[0];
            let length = reader.unsigned()?;
            Ok::<_, Refusal>(
                magic == MAGIC && kind == CHANGE_CHUNK && length == reader.0.len() as u64,
            )
        };
        if header() != Ok(true) {
            return Err(Refusal::NotOneChange);
        }
        let parents = read_parents(&mut reader)?;
        let actor = reader.actor()?;
        let seq = reader.unsigned()?;
        let start_operation = reader.unsigned()?;
        let time = reader.signed()?;
        let message_length = reader.unsigned()?;
        if time != 0 || message_length != 0 {
            return Err(Refusal::Extra);
        }
        let others = reader.unsigned()?;
        if others > ACTORS_PER_CHANGE_MAX as u64 {
            return Err(Refusal::Actors);
        }
        for _ in 0..others {
            reader.actor()?;
        }
        let operations = read_columns(&mut reader, 1 + others)?;
        if operations == 0 {
            return Err(Refusal::Empty);
        }
        Ok(Self {
            parents,
            actor,
            seq,
            start_operation,
            operations,
            other_actors: others as usize, // at most the limit above
        })
    }
}

fn read_parents(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, Refusal> {
    let count = reader.unsigned()?;
    // Without a parent a change would stand beside the genesis, on an empty document.
    if count == 0 || count > PARENTS_MAX as u64 {
        return Err(Refusal::Parents);
    }
    let mut parents: Vec<ChangeHash> = Vec::new();
    for _ in 0..count {
        let parent = ChangeHash::from_slice(reader.take(32)?).ok_or(Refusal::Malformed)?;
        if parents.last().is_some_and(|last| *last >= parent) {
            return Err(Refusal::Parents);
        }
        parents.push(parent);
    }
    Ok(parents)
}

/// Counts the operations and refuses every column that would expand beyond the limits.
fn read_columns(reader: &mut Reader<'_>, actors: u64) -> Result<usize, Refusal> {
    let count = reader.unsigned()?;
    let mut columns = Vec::new();
    for _ in 0..count {
        let number = reader.unsigned()?;
        if columns.last().is_some_and(|(last, _)| *last >= number) {
            return Err(Refusal::UnknownColumn);
        }
        columns.push((number, reader.unsigned()?));
    }
    let mut operations = 0;
    let mut value_bytes = 0;
    let mut value_bytes_there = 0;
    for (number, length) in columns {
        let length = usize::try_from(length).map_err(|_| Refusal::Malformed)?;
        let mut column = Reader(reader.take(length)?);
        let most = OPERATIONS_PER_CHANGE_MAX;
        match number {
            OBJECT_ACTOR | KEY_ACTOR => {
                runs(&mut column, most, |column| column.unsigned_below(actors))?;
            }
            OBJECT_COUNTER => {
                runs(&mut column, most, |column| {
                    column.unsigned_below(u32::MAX.into())
                })?;
            }
            KEY_COUNTER => {
                runs(&mut column, most, |column| column.signed().map(|_| 0))?;
            }
            KEY_TEXT => {
                runs(&mut column, most, |column| {
                    column.text(KEY_BYTES_MAX, Refusal::Key)
                })?;
            }
            INSERT | EXPAND => {
                flags(&mut column)?;
            }
            ACTION => {
                operations = runs(&mut column, most, Reader::unsigned)?.count;
            }
            VALUE_META => {
                value_bytes = runs(&mut column, most, |column| Ok(column.unsigned()? >> 4))?.sum;
            }
            VALUE_RAW => value_bytes_there = column.0.len() as u64,
            PREDECESSOR_COUNT => {
                let predecessors = runs(&mut column, most, Reader::unsigned)?.sum;
                if predecessors > PREDECESSORS_PER_CHANGE_MAX as u64 {
                    return Err(Refusal::Predecessors);
                }
            }
            PREDECESSOR_ACTOR => {
                let most = PREDECESSORS_PER_CHANGE_MAX;
                runs(&mut column, most, |column| column.unsigned_below(actors))?;
            }
            PREDECESSOR_COUNTER => {
                let most = PREDECESSORS_PER_CHANGE_MAX;
                runs(&mut column, most, |column| column.signed().map(|_| 0))?;
            }
            MARK_NAME => {
                runs(&mut column, most, |column| {
                    column.text(MARK_NAME_BYTES_MAX, Refusal::Mark)
                })?;
            }
            _ => return Err(Refusal::UnknownColumn),
        }
    }
    if value_bytes != value_bytes_there {
        return Err(Refusal::Malformed);
    }
    if !reader.0.is_empty() {
        return Err(Refusal::Extra);
    }
    Ok(operations)
}

struct Runs {
    /// Values in the column, written out.
    count: usize,
    /// Their sum, as `value` tells them.
    sum: u64,
}

/// Walks a run-length column: `n > 0` one value n times, `n < 0` that many values, `0` then a
/// count of nothings.
fn runs<'a>(
    column: &mut Reader<'a>,
    most: usize,
    mut value: impl FnMut(&mut Reader<'a>) -> Result<u64, Refusal>,
) -> Result<Runs, Refusal> {
    let mut count = 0_u64;
    let mut sum = 0_u64;
    while !column.0.is_empty() {
        let length = column.signed()?;
        let (values, times) = match length {
            0 => (0, column.unsigned()?),
            1.. => (1, length.unsigned_abs()),
            _ => (length.unsigned_abs(), 1),
        };
        // Before the loop below, so that it ends soon.
        count = count.saturating_add(values.max(1).saturating_mul(times));
        if count > most as u64 {
            return Err(Refusal::Operations);
        }
        for _ in 0..values {
            sum = sum.saturating_add(value(column)?.saturating_mul(times));
        }
    }
    // At most `most`, which is a usize.
    Ok(Runs {
        count: count as usize,
        sum,
    })
}

/// Walks a column of yes and no: lengths of alternating runs.
fn flags(column: &mut Reader<'_>) -> Result<(), Refusal> {
    let mut count = 0_u64;
    while !column.0.is_empty() {
        count = count.saturating_add(column.unsigned()?);
        if count > OPERATIONS_PER_CHANGE_MAX as u64 {
            return Err(Refusal::Operations);
        }
    }
    Ok(())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Refusal::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn unsigned(&mut self) -> Result<u64, Refusal> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            if shift == 63 && byte > 1 {
                return Err(Refusal::Malformed);
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Refusal::Malformed)
    }

    fn unsigned_below(&mut self, end: u64) -> Result<u64, Refusal> {
        match self.unsigned()? {
            value if value < end => Ok(value),
            _ => Err(Refusal::Malformed),
        }
    }

    fn signed(&mut self) -> Result<i64, Refusal> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(Refusal::Malformed);
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0 && shift + 7 < 64;
                return Ok(if negative {
                    value | -1 << (shift + 7)
                } else {
                    value
                });
            }
        }
        Err(Refusal::Malformed)
    }

    fn text(&mut self, most: usize, too_long: Refusal) -> Result<u64, Refusal> {
        let length = self.unsigned()?;
        if length > most as u64 {
            return Err(too_long);
        }
        let bytes = self.take(length as usize)?; // small: just compared
        std::str::from_utf8(bytes).map_err(|_| Refusal::Malformed)?;
        Ok(0)
    }

    fn actor(&mut self) -> Result<ActorId, Refusal> {
        if self.unsigned()? != ActorId::SIZE as u64 {
            return Err(Refusal::Actor);
        }
        ActorId::from_slice(self.take(ActorId::SIZE)?).ok_or(Refusal::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_written_and_overlong_ones_are_refused() {
        let unsigned = |bytes: &[u8]| Reader(bytes).unsigned();
        assert_eq!(unsigned(&[0xe5, 0x8e, 0x26]), Ok(624_485));
        let largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(unsigned(&largest), Ok(u64::MAX));
        assert_eq!(unsigned(&[0x80; 11]), Err(Refusal::Malformed));
        let signed = |bytes: &[u8]| Reader(bytes).signed();
        assert_eq!(signed(&[0xc0, 0xbb, 0x78]), Ok(-123_456));
        assert_eq!(signed(&[0x3f]), Ok(63));
        assert_eq!(signed(&[0x40]), Ok(-64));
        let smallest = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(signed(&smallest), Ok(i64::MIN));
        assert_eq!(signed(&[]), Err(Refusal::Malformed));
    }

    #[test]
    fn run_lengths_are_counted_without_writing_them_out() {
        let count = |bytes: &[u8]| {
            runs(
                &mut Reader(bytes),
                OPERATIONS_PER_CHANGE_MAX,
                Reader::unsigned,
            )
            .map(|runs| runs.count)
        };
        assert_eq!(count(&[3, 7]), Ok(3));
        assert_eq!(count(&[0x7e, 1, 2]), Ok(2));
        assert_eq!(count(&[0, 5]), Ok(5));
        assert_eq!(
            count(&[0, 0x80, 0xad, 0xe2, 0x04]),
            Err(Refusal::Operations)
        );
        let huge_literal = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
        assert_eq!(count(&huge_literal), Err(Refusal::Operations));
    }
}
