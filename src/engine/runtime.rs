//! Runtimes belong to a process. After a fork the child gets new ones; the old are leaked, since their threads are gone.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Interval;

use super::error::Error;

/// Threads that may drive a runtime of their own at the same time; more share two workers, which is cheaper for them.
const LOCAL_RUNTIMES: usize = 4;

struct Shared {
    pid: u32,
    runtime: Runtime,
}

static SHARED: ArcSwapOption<Shared> = ArcSwapOption::const_empty();
static LOCAL_IN_USE: AtomicUsize = AtomicUsize::new(0);

struct Local {
    pid: u32,
    /// Always there, but for the moment of dropping.
    runtime: Option<Runtime>,
    clients: Clients,
    /// Ends a slice now and then.
    slices: Option<Interval>,
}

impl Drop for Local {
    fn drop(&mut self) {
        // A forked child shares the parent's epoll instance: closing a connection here would unwatch the parent's.
        if std::process::id() != self.pid {
            std::mem::forget(self.runtime.take());
            std::mem::forget(std::mem::take(&mut self.clients));
            std::mem::forget(self.slices.take());
        }
    }
}

thread_local! {
    static LOCAL: RefCell<Option<Local>> = const { RefCell::new(None) };
}

/// Where a call runs: decides which connections it uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placement {
    /// The calling thread drives its own runtime.
    Local,
    /// The two shared workers.
    Shared,
}

fn failed(fault: std::io::Error) -> Error {
    Error::Configuration(format!("the runtime could not be started: {fault}"))
}

/// Spawns on the shared workers.
pub fn spawn<F>(work: F) -> Result<tokio::task::JoinHandle<F::Output>, Error>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Ok(shared()?.runtime.spawn(work))
}

fn shared() -> Result<Arc<Shared>, Error> {
    let pid = std::process::id();
    loop {
        let current = SHARED.load_full();
        if let Some(shared) = &current
            && shared.pid == pid
        {
            return Ok(shared.clone());
        }
        check_threads()?;
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("atlassian-cloud").enable_all().build().map_err(failed)?;
        let fresh = Arc::new(Shared { pid, runtime });
        let previous = SHARED.compare_and_swap(&current, Some(fresh.clone()));
        let won = match (&*previous, &current) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        if won {
            // One count more than will ever be given back: no drop joins threads at exit or after a fork.
            std::mem::forget(fresh.clone());
            if let Some(old) = current {
                std::mem::forget(old);
            }
            return Ok(fresh);
        }
        if let Ok(loser) = Arc::try_unwrap(fresh) {
            loser.runtime.shutdown_background();
        }
    }
}

/// Threads that the shared workers need, with one to look up names.
const THREADS: usize = 3;

/// A runtime that cannot start its threads panics, or waits for ever. Where there is no room for them it is told instead.
fn check_threads() -> Result<(), Error> {
    let (keep, kept) = std::sync::mpsc::channel::<()>();
    let kept = Arc::new(std::sync::Mutex::new(kept));
    let mut started = Vec::new();
    let mut fault = None;
    for _ in 0..THREADS {
        let kept = kept.clone();
        // Each waits until all are there, or one is not.
        let wait = move || drop(kept.lock().map(|kept| kept.recv()));
        match std::thread::Builder::new().spawn(wait) {
            Ok(thread) => started.push(thread),
            Err(refused) => fault = Some(refused),
        }
    }
    drop(keep);
    for thread in started {
        let _ = thread.join();
    }
    match fault {
        None => Ok(()),
        Some(refused) => {
            Err(Error::Configuration(format!("the workers of the client cannot be started: {refused}; raise the limit on threads")))
        }
    }
}

struct InUse;

impl Drop for InUse {
    fn drop(&mut self) {
        LOCAL_IN_USE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A wait is cut into slices, between which the caller may look for signals outside of any runtime.
const SLICE: Duration = Duration::from_millis(50);

/// Runs a call to its end on this thread, for callers that wait. `make` is told where it runs; `between` is called
/// after every slice and ends the call by an error, which drops the request.
pub fn block_on<F: Future, E>(
    make: impl FnOnce(Placement) -> F,
    between: impl FnMut() -> Result<(), E>,
) -> Result<Result<F::Output, E>, Error> {
    let in_use = InUse;
    if LOCAL_IN_USE.fetch_add(1, Ordering::Relaxed) >= LOCAL_RUNTIMES {
        drop(in_use);
        let shared = shared()?;
        let _inside = shared.runtime.enter();
        return Ok(park_on(make(Placement::Shared), between));
    }
    let mut local = Local::take()?;
    let output = local.block_on(make(Placement::Local), between);
    local.put_back();
    drop(in_use);
    Ok(output)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// For work that others drive: this thread sleeps. A timer of the runtime would wake a worker for every call.
fn park_on<F: Future, E>(work: F, mut between: impl FnMut() -> Result<(), E>) -> Result<F::Output, E> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut work = pin!(work);
    let mut slice_end = Instant::now() + SLICE;
    loop {
        if let Poll::Ready(output) = work.as_mut().poll(&mut context) {
            return Ok(output);
        }
        thread::park_timeout(slice_end.saturating_duration_since(Instant::now()));
        if Instant::now() >= slice_end {
            between()?;
            slice_end = Instant::now() + SLICE;
        }
    }
}

impl Local {
    /// Taken out while in use, so that a call inside a call (a signal handler's) finds none and makes another.
    fn take() -> Result<Self, Error> {
        let pid = std::process::id();
        match LOCAL.with(RefCell::take) {
            Some(local) if local.pid == pid => Ok(local),
            _ => {
                let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
                Ok(Local { pid, runtime: Some(runtime), clients: Clients::new(), slices: None })
            }
        }
    }

    fn block_on<F: Future, E>(&mut self, work: F, mut between: impl FnMut() -> Result<(), E>) -> Result<F::Output, E> {
        let mut work = pin!(work);
        let mut slices = self.slices.take();
        let mut fresh = true;
        let output = loop {
            let slice = self.drive(async {
                // Connections see nothing while this runtime is not driven: one that the server closed meanwhile must not be used.
                if std::mem::take(&mut fresh) {
                    tokio::task::yield_now().await;
                }
                // One timer for all calls: to set one anew for each costs a system call.
                let slices = slices.get_or_insert_with(|| tokio::time::interval_at(tokio::time::Instant::now() + SLICE, SLICE));
                poll_fn(|context| match work.as_mut().poll(context) {
                    Poll::Ready(output) => Poll::Ready(Some(output)),
                    Poll::Pending => slices.poll_tick(context).map(|_| None),
                })
                .await
            });
            if let Some(Some(output)) = slice {
                break Ok(output);
            }
            if let Err(stop) = between() {
                break Err(stop);
            }
        };
        self.slices = slices;
        output
    }

    fn drive<F: Future>(&mut self, work: F) -> Option<F::Output> {
        let outer = CLIENTS.with(|clients| clients.replace(std::mem::take(&mut self.clients)));
        let output = self.runtime.as_ref().map(|runtime| runtime.block_on(work));
        self.clients = CLIENTS.with(|clients| clients.replace(outer));
        output
    }

    fn put_back(self) {
        LOCAL.with(|slot| slot.replace(Some(self)));
    }
}

/// Connections by transport; the token tells whether the transport still lives.
type Clients = HashMap<u64, (Weak<()>, reqwest::Client)>;

thread_local! {
    /// The clients of the runtime that this thread drives now.
    static CLIENTS: RefCell<Clients> = RefCell::new(Clients::new());
}

/// This thread's client of a transport, made once. Only inside a `Placement::Local` call.
pub fn local_client(
    transport: u64,
    alive: &Arc<()>,
    make: impl FnOnce() -> Result<reqwest::Client, Error>,
) -> Result<reqwest::Client, Error> {
    if let Some((_, client)) = CLIENTS.with_borrow(|clients| clients.get(&transport).cloned()) {
        return Ok(client);
    }
    let client = make()?;
    CLIENTS.with_borrow_mut(|clients| {
        clients.retain(|_, (alive, _)| alive.strong_count() > 0);
        clients.insert(transport, (Arc::downgrade(alive), client.clone()));
    });
    Ok(client)
}
