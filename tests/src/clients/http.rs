//! HTTP/1.1 over one connection kept open: what a busy client does, with almost no cost of its own.
//!
//! It reads only what our sites write: a head, then a body of a stated length.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Doing, Outcome};

/// Longer heads are not ours.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Longer bodies are not ours: the largest list is far below.
const BODY_BYTES_MAX: usize = 64 << 20;

/// One connection.
#[derive(Debug)]
pub struct Http {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    host: String,
}

/// What came back.
#[derive(Debug)]
pub struct Response {
    /// 200 and so on.
    pub status: u16,
    /// The first cookie set, without its attributes.
    pub cookie: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

async fn open(address: SocketAddr) -> Outcome<BufReader<TcpStream>> {
    let stream = TcpStream::connect(address).await.doing("connecting")?;
    stream.set_nodelay(true).doing("connecting")?;
    Ok(BufReader::with_capacity(64 << 10, stream))
}

impl Http {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> Outcome<Self> {
        let stream = open(address).await?;
        let host = format!("localhost:{}", address.port());
        Ok(Self {
            stream,
            address,
            host,
        })
    }

    /// One request, one answer.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Outcome<Response> {
        let mut bytes = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{headers}\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        if self.stream.get_mut().write_all(&bytes).await.is_ok()
            && self
                .stream
                .fill_buf()
                .await
                .is_ok_and(|answer| !answer.is_empty())
        {
            return self.read(path).await;
        }
        // A site closes connections that rest. Sending again is safe: commands carry their id.
        self.stream = open(self.address).await?;
        self.stream.get_mut().write_all(&bytes).await.doing(path)?;
        self.read(path).await
    }

    async fn read(&mut self, path: &str) -> Outcome<Response> {
        let mut line = String::new();
        let mut head = 0;
        let mut response = Response {
            status: 0,
            cookie: None,
            body: Vec::new(),
        };
        let mut length = None;
        loop {
            line.clear();
            let read = self.stream.read_line(&mut line).await.doing(path)?;
            head += read;
            if read == 0 || head > HEAD_BYTES_MAX {
                return Err(format!("{path}: the connection ended within an answer"));
            }
            let text = line.trim_end();
            if response.status == 0 {
                let status = text.split(' ').nth(1).and_then(|text| text.parse().ok());
                response.status = status.ok_or_else(|| format!("{path}: not HTTP: {text}"))?;
            } else if text.is_empty() {
                break;
            } else if let Some((name, value)) = text.split_once(':') {
                let value = value.trim();
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.parse().ok(),
                    "set-cookie" if response.cookie.is_none() => {
                        response.cookie = value.split(';').next().map(str::to_owned);
                    }
                    "transfer-encoding" => return Err(format!("{path}: an answer in chunks")),
                    _ => {}
                }
            }
        }
        let length: usize = match (length, response.status) {
            (Some(length), _) => length,
            (None, 204 | 304) => 0,
            (None, status) => return Err(format!("{path}: {status} without a length")),
        };
        if length > BODY_BYTES_MAX {
            return Err(format!("{path}: an answer of {length} bytes"));
        }
        response.body.resize(length, 0);
        self.stream
            .read_exact(&mut response.body)
            .await
            .doing(path)?;
        Ok(response)
    }
}
