//! Closing a connection within bounds. yamux says goodbye over the connection that it closes: to a
//! machine that takes no bytes any more that would last until the kernel gives up, a quarter of an
//! hour later, and the connection would stand in the way of its successor as long.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::StreamMuxer;
use libp2p::core::muxing::StreamMuxerEvent;
use tokio::time::{Sleep, sleep};

/// For the goodbye's bytes to leave this machine; what is still there then is dropped with the
/// connection.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// `inner`, closed after [`GOODBYE_MAX`] at the latest.
pub(crate) struct Bounded<M> {
    inner: M,
    /// Set when closing begins.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<M> Bounded<M> {
    pub(crate) fn new(inner: M) -> Self {
        Self {
            inner,
            patience: None,
        }
    }
}

impl<M: StreamMuxer + Unpin> StreamMuxer for Bounded<M> {
    type Substream = M::Substream;
    type Error = M::Error;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.inner).poll_inbound(context)
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Self::Substream, Self::Error>> {
        Pin::new(&mut self.inner).poll_outbound(context)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Self::Error>> {
        if let Poll::Ready(closed) = Pin::new(&mut self.inner).poll_close(context) {
            return Poll::Ready(closed);
        }
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(sleep(GOODBYE_MAX)));
        patience.as_mut().poll(context).map(Ok)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<StreamMuxerEvent, Self::Error>> {
        Pin::new(&mut self.inner).poll(context)
    }
}
