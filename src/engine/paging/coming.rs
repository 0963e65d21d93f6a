//! Work under way on the shared workers. Waiting for it may be given up and taken up again; when nobody wants it any more it is ended.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::select_all;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::engine::error::Error;
use crate::engine::runtime;

pub struct Coming<T> {
    landing: Arc<Landing<T>>,
    task: AbortHandle,
    pid: u32,
}

struct Landing<T> {
    result: Mutex<Option<Result<T, Error>>>,
    arrived: watch::Sender<bool>,
}

impl<T: Send + 'static> Coming<T> {
    pub fn start(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<Self, Error> {
        let landing = Arc::new(Landing { result: Mutex::new(None), arrived: watch::Sender::new(false) });
        let there = landing.clone();
        let task = runtime::spawn(async move {
            let result = work.await;
            *there.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            there.arrived.send_replace(true);
        })?;
        Ok(Coming { landing, task: task.abort_handle(), pid: std::process::id() })
    }

    /// What came, if it has; once.
    pub fn take(&self) -> Option<Result<T, Error>> {
        self.landing.result.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub fn arrival(&self) -> watch::Receiver<bool> {
        self.landing.arrived.subscribe()
    }
}

impl<T> Drop for Coming<T> {
    fn drop(&mut self) {
        // After a fork the task is the parent's.
        if std::process::id() == self.pid {
            self.task.abort();
        }
    }
}

/// Until one of these has come.
#[derive(Clone)]
pub struct Wait(pub Vec<watch::Receiver<bool>>);

impl Wait {
    pub async fn wait(&self) {
        let arrivals = self.0.iter().cloned().map(|mut arrival| {
            Box::pin(async move {
                // A sender that is gone has nothing more to bring.
                let _ = arrival.wait_for(|arrived| *arrived).await;
            })
        });
        select_all(arrivals).await;
    }
}
