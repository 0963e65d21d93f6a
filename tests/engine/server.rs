//! A small HTTP/1.1 server: a thread per connection, a script that sees the bare stream, and a log of what came.
//! Deliberately without a library, so that it can do everything a server should not.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// One request, read to its end.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Counts from 0, over all connections.
    pub number: usize,
    /// Counts from 0.
    pub connection: usize,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum After {
    Keep,
    /// Closed, without a word about it in the answer.
    Close,
}

pub struct Server {
    pub port: u16,
    pub log: Arc<Mutex<Vec<Seen>>>,
    pub connections: Arc<AtomicUsize>,
}

impl Server {
    /// The script answers every request; it may also not.
    pub fn new(script: impl Fn(&Seen, &mut TcpStream) -> After + Send + Sync + 'static) -> Self {
        Server::on(TcpListener::bind("127.0.0.1:0").unwrap(), script)
    }

    pub fn on(listener: TcpListener, script: impl Fn(&Seen, &mut TcpStream) -> After + Send + Sync + 'static) -> Self {
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = log.clone();
        Server::accept(listener, log, move |stream, connection| serve(stream, connection, &seen, &script))
    }

    /// The script has the connection from its first byte on, with its number; nothing is logged.
    pub fn raw(script: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        Server::accept(TcpListener::bind("127.0.0.1:0").unwrap(), Arc::default(), script)
    }

    fn accept(listener: TcpListener, log: Arc<Mutex<Vec<Seen>>>, script: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (script, counted) = (Arc::new(script), connections.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = counted.fetch_add(1, Ordering::SeqCst);
                let script = script.clone();
                std::thread::spawn(move || script(stream, connection));
            }
        });
        Server { port, log, connections }
    }

    /// Answers the n-th request with the n-th of these, and from then on with the last.
    pub fn sequence(answers: Vec<Answer>) -> Self {
        Server::new(move |seen, stream| answers[seen.number.min(answers.len() - 1)].give(stream))
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn count(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    pub fn seen(&self, index: usize) -> Seen {
        self.log.lock().unwrap()[index].clone()
    }

    pub fn targets(&self) -> Vec<String> {
        self.log.lock().unwrap().iter().map(|seen| seen.target.clone()).collect()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: TcpStream, connection: usize, log: &Mutex<Vec<Seen>>, script: &dyn Fn(&Seen, &mut TcpStream) -> After) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(mut seen) = read(&mut reader) {
        {
            let mut log = log.lock().unwrap();
            seen.number = log.len();
            seen.connection = connection;
            log.push(seen.clone());
        }
        if script(&seen, &mut stream) == After::Close {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { method, target, headers, body, number: 0, connection: 0 })
}

#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub after: After,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Answer { status, headers: vec![("Content-Type".into(), "application/json".into())], body: body.into(), after: After::Keep }
    }

    pub fn json(body: serde_json::Value) -> Self {
        Answer::new(200, body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn then_close(mut self) -> Self {
        self.after = After::Close;
        self
    }

    pub fn give(&self, stream: &mut TcpStream) -> After {
        let mut text = format!("HTTP/1.1 {} Whatever\r\n", self.status);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        let _ = stream.write_all(text.as_bytes());
        let _ = stream.write_all(&self.body);
        let _ = stream.flush();
        self.after
    }
}

/// The head of an answer whose body comes in chunks.
pub fn chunked_head(stream: &mut TcpStream, status: u16, extra: &str) {
    let _ = write!(stream, "HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n{extra}\r\n");
}

/// False when the other side is gone.
pub fn chunk(stream: &mut TcpStream, data: &[u8]) -> bool {
    write!(stream, "{:x}\r\n", data.len()).and_then(|()| stream.write_all(data)).and_then(|()| stream.write_all(b"\r\n")).is_ok()
}
