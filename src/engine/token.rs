//! Tokens that end: fetched when first needed, again a minute before they end, and again when they were refused.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::{ArcSwap, ArcSwapOption};
use tokio::sync::oneshot;

use super::auth::Secret;
use super::error::Error;

/// A token is renewed so long before its end, or half its life if that is less: clocks differ, and calls take their time.
const EARLY: Duration = Duration::from_secs(60);

pub struct Token {
    pub secret: Secret,
    renew_at: Option<SystemTime>,
}

impl Token {
    /// Without an end it is good until a server refuses it.
    pub fn new(secret: Secret, ends: Option<SystemTime>) -> Self {
        let renew_at = ends.map(|ends| {
            let left = ends.duration_since(SystemTime::now()).unwrap_or_default();
            ends.checked_sub(EARLY.min(left / 2)).unwrap_or(SystemTime::UNIX_EPOCH)
        });
        Token { secret, renew_at }
    }

    fn is_fresh(&self) -> bool {
        self.renew_at.is_none_or(|moment| SystemTime::now() < moment)
    }
}

/// What went wrong while a token was fetched, in the words of whoever fetched it. All who waited are told the same.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Carries out orders, on a thread of its own: none that runs calls may be kept waiting.
pub trait Fetcher: Send + Sync {
    fn fetch(&self, order: Order);
}

type Waiting = Vec<oneshot::Sender<Result<Arc<Token>, Cause>>>;

/// One source for any number of clients: however many calls wait, one fetch is under way.
pub struct TokenSource {
    fetcher: Box<dyn Fetcher>,
    current: ArcSwapOption<Token>,
    /// Refused by a server when the call could not be made again: the next one must not go out with it.
    spurned: ArcSwapOption<Token>,
    flight: ArcSwap<Flight>,
}

/// Who waits for the fetch under way; None: there is none. After a fork, the parent's fetch is not the child's.
struct Flight {
    pid: u32,
    waiting: Mutex<Option<Waiting>>,
}

impl Flight {
    fn new() -> Arc<Self> {
        Arc::new(Flight { pid: std::process::id(), waiting: Mutex::new(None) })
    }
}

impl TokenSource {
    pub fn new(fetcher: Box<dyn Fetcher>) -> Arc<Self> {
        Arc::new(TokenSource {
            fetcher,
            current: ArcSwapOption::empty(),
            spurned: ArcSwapOption::empty(),
            flight: ArcSwap::new(Flight::new()),
        })
    }

    /// The current token, or a new one if there is none, it is about to end, or it is the one that was refused.
    pub async fn token(self: &Arc<Self>, refused: Option<&Arc<Token>>) -> Result<Arc<Token>, Error> {
        if let Some(token) = self.usable(refused) {
            return Ok(token);
        }
        match self.join(refused).await {
            Ok(outcome) => outcome.map_err(Error::Credential),
            Err(_) => Err(Error::Configuration("no token came: whoever fetches it has ended".into())),
        }
    }

    pub fn forget(&self) {
        self.current.store(None);
    }

    /// Whoever comes next is given another token.
    pub fn spurn(&self, token: Arc<Token>) {
        self.spurned.store(Some(token));
    }

    fn usable(&self, refused: Option<&Arc<Token>>) -> Option<Arc<Token>> {
        let spurned = self.spurned.load();
        let is_refused = |token: &Arc<Token>| refused.into_iter().chain(spurned.as_ref()).any(|refused| Arc::ptr_eq(refused, token));
        self.current.load_full().filter(|token| token.is_fresh() && !is_refused(token))
    }

    fn join(self: &Arc<Self>, refused: Option<&Arc<Token>>) -> oneshot::Receiver<Result<Arc<Token>, Cause>> {
        let (sender, receiver) = oneshot::channel();
        let flight = self.flight();
        let mut waiting = flight.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = waiting.as_mut() {
            waiting.push(sender);
            return receiver;
        }
        // The fetch that just ended may have brought what is wanted.
        if let Some(token) = self.usable(refused) {
            let _ = sender.send(Ok(token));
            return receiver;
        }
        *waiting = Some(vec![sender]);
        drop(waiting);
        self.fetcher.fetch(Order {
            source: self.clone(),
            flight: flight.clone(),
            refused: refused.cloned().or_else(|| self.spurned.load_full()),
            settled: false,
        });
        receiver
    }

    fn flight(&self) -> Arc<Flight> {
        let flight = self.flight.load_full();
        if flight.pid == std::process::id() {
            return flight;
        }
        let fresh = Flight::new();
        let previous = self.flight.compare_and_swap(&flight, fresh.clone());
        if !Arc::ptr_eq(&previous, &flight) {
            return self.flight.load_full();
        }
        // Its lock may be held for ever by a thread that is not here.
        std::mem::forget(flight);
        fresh
    }
}

/// A fetch to be carried out. Dropped without an outcome it fails, so that nobody waits for ever.
pub struct Order {
    source: Arc<TokenSource>,
    flight: Arc<Flight>,
    refused: Option<Arc<Token>>,
    settled: bool,
}

impl Order {
    /// The token that a server refused, if that is the reason.
    pub fn refused(&self) -> Option<&Secret> {
        self.refused.as_ref().map(|token| &token.secret)
    }

    pub fn settle(mut self, outcome: Result<Token, Cause>) {
        self.settled = true;
        let outcome = outcome.map(Arc::new);
        let mut waiting = self.flight.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(token) = &outcome {
            self.source.current.store(Some(token.clone()));
            self.source.spurned.store(None);
        }
        for sender in waiting.take().into_iter().flatten() {
            let _ = sender.send(outcome.clone());
        }
    }
}

impl Drop for Order {
    fn drop(&mut self) {
        if !self.settled && self.flight.pid == std::process::id() {
            self.flight.waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Hands orders to the test, which carries them out when it likes.
    struct ByHand(Mutex<Sender<Order>>, Arc<AtomicUsize>);

    impl Fetcher for ByHand {
        fn fetch(&self, order: Order) {
            self.1.fetch_add(1, Ordering::Relaxed);
            let _ = self.0.lock().unwrap().send(order);
        }
    }

    fn source() -> (Arc<TokenSource>, Receiver<Order>, Arc<AtomicUsize>) {
        let (sender, orders) = channel();
        let count = Arc::new(AtomicUsize::new(0));
        (TokenSource::new(Box::new(ByHand(Mutex::new(sender), count.clone()))), orders, count)
    }

    fn token(text: &str, life: Option<u64>) -> Token {
        Token::new(Secret::new(text, "token").unwrap(), life.map(|life| SystemTime::now() + Duration::from_secs(life)))
    }

    #[tokio::test]
    async fn however_many_wait_one_fetch_is_under_way() {
        let (source, orders, count) = source();
        let waiting: Vec<_> = (0..64)
            .map(|_| {
                tokio::spawn({
                    let source = source.clone();
                    async move { source.token(None).await }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        orders.recv().unwrap().settle(Ok(token("new", None)));
        for call in waiting {
            assert_eq!(call.await.unwrap().unwrap().secret.expose(), "new");
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
        // One that was refused is renewed; whoever was refused the one before is given the new one.
        let old = source.token(None).await.unwrap();
        let renewed = tokio::spawn({
            let (source, old) = (source.clone(), old.clone());
            async move { source.token(Some(&old)).await }
        });
        tokio::task::yield_now().await;
        let order = orders.recv().unwrap();
        assert_eq!(order.refused().map(Secret::expose), Some("new"));
        order.settle(Ok(token("newer", None)));
        assert_eq!(renewed.await.unwrap().unwrap().secret.expose(), "newer");
        assert_eq!(source.token(Some(&old)).await.unwrap().secret.expose(), "newer");
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn nobody_waits_for_an_order_that_is_gone() {
        let (source, orders, _) = source();
        let call = tokio::spawn({
            let source = source.clone();
            async move { source.token(None).await.map(drop) }
        });
        tokio::task::yield_now().await;
        drop(orders.recv().unwrap());
        assert!(call.await.unwrap().is_err());
    }

    #[test]
    fn tokens_are_renewed_before_they_end() {
        for (life, fresh) in [(None, true), (Some(3_600), true), (Some(20), true), (Some(0), false)] {
            assert_eq!(token("x", life).is_fresh(), fresh, "{life:?}");
        }
        let left = |token: Token| token.renew_at.unwrap().duration_since(SystemTime::now()).unwrap().as_secs();
        assert!((3_530..=3_540).contains(&left(token("x", Some(3_600)))));
        assert!((5..=10).contains(&left(token("x", Some(20)))));
    }
}
