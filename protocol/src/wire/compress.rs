//! Compression of packed ranges: one byte says how, the declared size is judged before a byte is
//! expanded, and the ratio is bounded both ways.

use super::refusal::Refusal;
use crate::limits::{COMPRESS_BYTES_MIN, EXPANSION_RATIO_MAX, FRAME_BYTES_MAX};

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
/// Level 3 is zstd's default: above it, ranges of signatures gain nothing worth the time.
const LEVEL: i32 = 3;

/// The working memory of both directions, reused from frame to frame.
pub struct Codec {
    compressor: zstd::bulk::Compressor<'static>,
    decompressor: zstd::bulk::Decompressor<'static>,
}

impl Default for Codec {
    fn default() -> Self {
        // Both constructors only fail when out of memory or on a level zstd does not have.
        Self {
            compressor: zstd::bulk::Compressor::new(LEVEL).expect("level 3 exists"),
            decompressor: zstd::bulk::Decompressor::new().expect("no dictionary to reject"),
        }
    }
}

impl Codec {
    /// Marks `plain` as it is or compressed, whichever is smaller and can be read back.
    pub fn wrap(&mut self, plain: &[u8]) -> Vec<u8> {
        if plain.len() >= COMPRESS_BYTES_MIN
            && let Ok(compressed) = self.compressor.compress(plain)
            && compressed.len() + 4 < plain.len()
            && plain.len() <= compressed.len() * EXPANSION_RATIO_MAX
        {
            let mut wrapped = Vec::with_capacity(5 + compressed.len());
            wrapped.push(ZSTD);
            wrapped.extend_from_slice(&(plain.len() as u32).to_le_bytes());
            wrapped.extend_from_slice(&compressed);
            return wrapped;
        }
        let mut wrapped = Vec::with_capacity(1 + plain.len());
        wrapped.push(PLAIN);
        wrapped.extend_from_slice(plain);
        wrapped
    }

    /// Reads back what [`Self::wrap`] wrote.
    pub fn unwrap(&mut self, wrapped: &[u8]) -> Result<Vec<u8>, Refusal> {
        match wrapped.split_first() {
            Some((&PLAIN, plain)) => Ok(plain.to_vec()),
            Some((&ZSTD, rest)) => {
                let (declared, compressed) = rest
                    .split_first_chunk::<4>()
                    .ok_or(Refusal::FrameMalformed)?;
                let declared = u32::from_le_bytes(*declared) as usize;
                if declared > FRAME_BYTES_MAX {
                    return Err(Refusal::FrameTooLarge);
                }
                if declared > compressed.len().saturating_mul(EXPANSION_RATIO_MAX) {
                    return Err(Refusal::FrameExpansion);
                }
                match self.decompressor.decompress(compressed, declared) {
                    Ok(plain) if plain.len() == declared => Ok(plain),
                    _ => Err(Refusal::FrameExpansion),
                }
            }
            _ => Err(Refusal::FrameMalformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_wrapped_is_read_back() {
        let mut codec = Codec::default();
        let text: Vec<u8> = (0..2_000u32)
            .flat_map(|n| format!("ligne {n} ").into_bytes())
            .collect();
        for (plain, compressed) in [
            (Vec::new(), false),
            (vec![7; COMPRESS_BYTES_MIN - 1], false),
            (text, true),
            (vec![0; 100_000], false), // would expand more than a reader accepts
        ] {
            let wrapped = codec.wrap(&plain);
            assert_eq!(wrapped[0] == ZSTD, compressed, "{} bytes", plain.len());
            assert_eq!(codec.unwrap(&wrapped), Ok(plain));
        }
    }

    #[test]
    fn lies_about_the_size_are_refused_before_expanding() {
        let mut codec = Codec::default();
        let bomb = zstd::bulk::compress(&vec![0; 1 << 20], 3).expect("zeros compress");
        let with = |declared: u32| [&[ZSTD][..], &declared.to_le_bytes(), &bomb].concat();
        let text = zstd::bulk::compress(&b"abcdefgh".repeat(10), 3).expect("text compresses");
        let short = [&[ZSTD][..], &79u32.to_le_bytes(), &text].concat();
        let long = [&[ZSTD][..], &81u32.to_le_bytes(), &text].concat();
        for (wrapped, refusal) in [
            (with(1 << 20), Refusal::FrameExpansion),
            (with(u32::MAX), Refusal::FrameTooLarge),
            (with(100), Refusal::FrameExpansion),
            (short, Refusal::FrameExpansion),
            (long, Refusal::FrameExpansion),
            (vec![ZSTD, 1, 0], Refusal::FrameMalformed),
            (vec![2, 0], Refusal::FrameMalformed),
            (Vec::new(), Refusal::FrameMalformed),
        ] {
            assert_eq!(codec.unwrap(&wrapped), Err(refusal));
        }
    }
}
