//! Framing of a stream: a little-endian u32 length, then that many bytes. A length of zero is no
//! frame: it is the welcome that the answering side sends once, first.

use bocage_protocol::limits::FRAME_BYTES_MAX;

/// Bytes of the length.
pub(crate) const LENGTH_BYTES: usize = 4;
/// First bytes of the answering side: it takes the stream. Until then nothing is up.
pub(crate) const WELCOME: [u8; LENGTH_BYTES] = [0; LENGTH_BYTES];

/// Why bytes are not a frame. The stream cannot be read on after either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadFrame {
    /// The length exceeds the limit of this stream.
    TooLarge,
    /// A length of zero where a frame is due.
    Empty,
}

impl BadFrame {
    /// The name counted in `bocage status`.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::TooLarge => "frame-too-large",
            Self::Empty => "frame-empty",
        }
    }
}

/// Appends one frame. The caller has checked the length: senders refuse what readers would.
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    debug_assert!(!bytes.is_empty() && bytes.len() <= FRAME_BYTES_MAX);
    // Frames end far below 4 GiB, see the assertion.
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Cuts a stream of bytes into frames. Holds at most one unfinished frame and what came with it.
pub(crate) struct Frames {
    limit: usize,
    buffer: Vec<u8>,
    start: usize,
}

impl Frames {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            buffer: Vec::new(),
            start: 0,
        }
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame. The limit is checked on the length alone, before its bytes arrive.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, BadFrame> {
        let rest = &self.buffer[self.start..];
        let Some((length, rest)) = rest.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 {
            return Err(BadFrame::Empty);
        }
        if length > self.limit {
            return Err(BadFrame::TooLarge);
        }
        let Some(frame) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = frame.to_vec();
        self.start += LENGTH_BYTES + length;
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        }
        Ok(Some(frame))
    }

    /// Whether the stream, ending here, would cut a frame.
    pub(crate) fn is_cut(&self) -> bool {
        self.start < self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_survive_any_cutting() {
        let sent: Vec<Vec<u8>> = [1usize, 3, 70_000, 2]
            .iter()
            .map(|length| (0..*length).map(|byte| byte as u8).collect())
            .collect();
        let mut wire = Vec::new();
        sent.iter().for_each(|frame| append(&mut wire, frame));
        for step in [1, 2, 5, 4_099, wire.len()] {
            let mut frames = Frames::new(FRAME_BYTES_MAX);
            let mut read = Vec::new();
            for part in wire.chunks(step) {
                frames.feed(part);
                while let Some(frame) = frames.next().expect("sound frames") {
                    read.push(frame);
                }
            }
            assert_eq!(read, sent, "cut every {step} bytes");
            assert!(!frames.is_cut());
        }
    }

    #[test]
    fn bad_lengths_are_named_before_their_bytes_come() {
        type Read = Result<Option<Vec<u8>>, BadFrame>;
        let cases: [(&[u8], Read); 5] = [
            (&[0, 0, 0, 0], Err(BadFrame::Empty)),
            (&[9, 0, 0, 0], Err(BadFrame::TooLarge)),
            (&[255, 255, 255, 255], Err(BadFrame::TooLarge)),
            (&[8, 0, 0, 0], Ok(None)),
            (&[8, 0, 0], Ok(None)),
        ];
        for (bytes, expected) in cases {
            let mut frames = Frames::new(8);
            frames.feed(bytes);
            assert_eq!(frames.next(), expected, "{bytes:?}");
            assert!(frames.is_cut());
        }
    }
}
