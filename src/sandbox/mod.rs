//! An Atlassian in memory, served over real HTTP on loopback: for tests, demos and learning.
//!
//! It has its own thread and its own runtime, never touches an interpreter, and knows fork: in a child, closing only forgets.
//!
//! What it does not simulate: rate limits by points (those by time are off until asked for), what Atlassian does in the
//! background other than long tasks (all else is done when the answer leaves, so a policy's resource stays `applying`), licences and seats, finer scopes than reading and
//! writing in each product, and more than one site, organization, directory or SCIM directory.

mod admin;
mod agile;
mod answer;
mod assets;
mod authorization;
mod base64_text;
mod bitbucket;
mod call;
mod check;
mod clock;
mod confluence;
mod example;
mod fault;
mod files;
mod jira;
mod limits;
mod paging;
mod query;
mod reply;
mod route;
pub mod seed;
mod server;
mod service_management;
mod store;
mod tasks;
mod tls;

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

pub use fault::{Canned, Fault, Kind, Latency, When};
use limits::Limits;
pub use route::simulated;
use server::Shared;
pub use server::{Exchange, Recorded};
use store::State;

/// For queries inside of saved queries inside of brackets: each of these has its bound, and all of them fit in here. Only what is used is taken.
const STACK: usize = 64 << 20;

/// How a box is started.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// 0 takes a free one.
    pub port: u16,
    /// HTTPS with a throw-away CA, HTTP/2 by ALPN.
    pub tls: bool,
    /// Sites answer from their models alone, as if nothing were simulated: for tests of every operation with made-up ids.
    pub examples: bool,
}

/// What a box held at some moment, its clock and the tokens that it gave included.
pub struct Checkpoint(Mutex<State>);

/// A running sandbox. Dropping it closes it.
pub struct Sandbox {
    shared: Arc<Shared>,
    ca_pem: Option<String>,
    pid: u32,
    running: Mutex<Option<Running>>,
}

struct Running {
    /// A second handle on the listening socket: shut down, it refuses at once, whoever else holds it.
    listener: TcpListener,
    thread: JoinHandle<()>,
}

impl Sandbox {
    pub fn start(options: Options) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let tls = if options.tls { Some(tls::make()?) } else { None };
        let scheme = if options.tls { "https" } else { "http" };
        let shared = Arc::new(Shared::new(format!("{scheme}://127.0.0.1:{port}"), options.examples));
        let (acceptor, ca_pem) = tls.map_or((None, None), |tls| (Some(tls.acceptor), Some(tls.ca_pem)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = {
            let (listener, shared) = (listener.try_clone()?, shared.clone());
            std::thread::Builder::new().name("atlassian-sandbox".to_owned()).stack_size(STACK).spawn(move || {
                runtime.block_on(async {
                    if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                        server::serve(listener, acceptor, shared).await;
                    }
                });
                runtime.shutdown_background();
            })?
        };
        Ok(Sandbox { shared, ca_pem, pid: std::process::id(), running: Mutex::new(Some(Running { listener, thread })) })
    }

    /// "http://127.0.0.1:43210", without a slash at the end.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// The certificate to trust, when the box speaks TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Whether this process started the box. In a forked child its thread does not run, and its locks may be held for ever.
    pub fn is_own(&self) -> bool {
        std::process::id() == self.pid
    }

    /// Orders a fault.
    pub fn fault(&self, fault: Fault) {
        self.shared.faults().push(fault);
    }

    /// Lets requests take longer from now on.
    pub fn slow(&self, latency: Latency) {
        self.shared.faults().slow(latency);
    }

    pub fn limits_are_enforced(&self) -> bool {
        self.shared.state().limits.enforced
    }

    /// Switches Atlassian's published rate limits on or off.
    pub fn enforce_limits(&self, enforced: bool) {
        self.shared.state().limits = Limits::new(enforced);
    }

    /// Everything that the box holds, and where its clock stands, as JSON.
    pub fn snapshot(&self) -> serde_json::Result<String> {
        store::snapshot(&self.shared.state())
    }

    /// Puts what a snapshot holds in the place of everything; the clock goes on from where it stood. What is no snapshot changes nothing.
    pub fn restore(&self, snapshot: &str) -> serde_json::Result<()> {
        let state = store::restored(snapshot, &self.shared.url)?;
        *self.shared.state() = state;
        Ok(())
    }

    /// Everything that the box holds, to come back to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(Mutex::new(self.shared.state().clone()))
    }

    /// Puts what the box held at a checkpoint in the place of everything; what was recorded and what faults are left stays.
    pub fn roll_back(&self, checkpoint: &Checkpoint) {
        let held = checkpoint.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        *self.shared.state() = held;
    }

    /// The last 10,000 requests, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.log().entries()
    }

    /// The same with their answers.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.requests().into_iter().map(Exchange::from).collect()
    }

    /// Everything as at the start: data, faults, recorded requests, clock.
    pub fn reset(&self) {
        self.shared.reset();
    }

    /// Moves the box's clock: grace periods end, tokens expire. It stays within the years 1970 to 8999.
    pub fn advance(&self, ms: i64) -> Result<(), String> {
        self.shared.state().advance(ms)
    }

    /// Milliseconds by the box's clock that a long task takes which begins now.
    pub fn task_duration(&self) -> i64 {
        self.shared.state().long_tasks.duration
    }

    pub fn set_task_duration(&self, ms: i64) {
        self.shared.state().long_tasks.duration = ms;
    }

    /// Lets the next long task that begins fail at its end, with these words.
    pub fn fail_next_task(&self, message: String) {
        self.shared.state().long_tasks.fail_next(message);
    }

    /// Refuses connections from now on and waits for the thread to end. In a forked child it only forgets.
    pub fn close(&self) {
        let running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let Some(running) = running else { return };
        if !self.is_own() {
            std::mem::forget(running);
            return;
        }
        let _ = socket2::SockRef::from(&running.listener).shutdown(Shutdown::Both);
        drop(running.listener);
        self.shared.closing.notify_one();
        let _ = running.thread.join();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.close();
    }
}
