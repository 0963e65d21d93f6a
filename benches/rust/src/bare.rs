//! The limit: the least that a client of this server can do. The bodies are received and counted, nothing is parsed.
//!
//!     bare reqwest|hyper profiles|issues URL COUNT IN_FLIGHT
//!
//! The credential is `TOKEN` of the environment, where a server cares. Prints the measurement as the clients in Python do; `read` is in bytes.

use std::{future::Future, rc::Rc, time::Instant};

use http_body_util::{BodyExt, Empty};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use reqwest::Client;
use rustix::time::{ClockId, clock_gettime};
use tokio::{net::TcpStream, task::LocalSet};

const PAGE: usize = 100;
const WARM_UP: usize = 20;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [library, work, url, count, in_flight] = arguments.as_slice() else {
        return Err("bare reqwest|hyper profiles|issues URL COUNT IN_FLIGHT".into());
    };
    let requests = Requests {
        url: url.clone(),
        pages: work == "issues",
        count: if work == "issues" { count.parse::<usize>()? / PAGE } else { count.parse()? },
        in_flight: in_flight.parse()?,
        token: std::env::var("TOKEN").unwrap_or_else(|_| "token".into()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        match library.as_str() {
            "reqwest" => with_reqwest(requests).await,
            "hyper" => with_hyper(requests).await,
            other => Err(format!("{other}: neither reqwest nor hyper").into()),
        }
    })
}

struct Requests {
    url: String,
    pages: bool,
    count: usize,
    in_flight: usize,
    token: String,
}

impl Requests {
    /// Path and query of a request; pages are asked for by offset, so that they can be in flight together.
    fn target(&self, number: usize) -> String {
        if self.pages {
            format!("/rest/api/3/search?jql=project%20%3D%20DEMO&fields=*all&startAt={}&maxResults={PAGE}", number * PAGE)
        } else {
            "/users/5e5f6a63157ed50cd2b9eaca/manage/profile".into()
        }
    }

    /// The numbers of the requests that one of those in flight makes, one after another.
    fn share(&self, of: usize) -> impl Iterator<Item = usize> + use<> {
        (of..self.count).step_by(self.in_flight)
    }
}

async fn with_reqwest(requests: Requests) -> Result<(), Failure> {
    let client = Client::builder().no_proxy().build()?;
    let requests = Rc::new(requests);
    for _ in 0..WARM_UP {
        get(&client, &requests, 0).await?;
    }
    measure(|| {
        (0..requests.in_flight)
            .map(|of| {
                let (requests, client) = (requests.clone(), client.clone());
                tokio::task::spawn_local(async move {
                    let mut read = 0;
                    for number in requests.share(of) {
                        read += get(&client, &requests, number).await?;
                    }
                    Ok::<_, Failure>(read)
                })
            })
            .collect::<Vec<_>>()
    })
    .await
}

async fn get(client: &Client, requests: &Requests, number: usize) -> Result<usize, Failure> {
    let url = format!("{}{}", requests.url, requests.target(number));
    Ok(client.get(url).bearer_auth(&requests.token).send().await?.error_for_status()?.bytes().await?.len())
}

async fn with_hyper(requests: Requests) -> Result<(), Failure> {
    let requests = Rc::new(requests);
    let mut connections = Vec::new();
    for _ in 0..requests.in_flight {
        let stream = TcpStream::connect(requests.url.trim_start_matches("http://")).await?;
        stream.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::task::spawn_local(connection);
        for _ in 0..WARM_UP.div_ceil(requests.in_flight) {
            ask(&mut sender, &requests, 0).await?;
        }
        connections.push(sender);
    }
    measure(|| {
        connections
            .into_iter()
            .enumerate()
            .map(|(of, mut sender)| {
                let requests = requests.clone();
                tokio::task::spawn_local(async move {
                    let mut read = 0;
                    for number in requests.share(of) {
                        read += ask(&mut sender, &requests, number).await?;
                    }
                    Ok::<_, Failure>(read)
                })
            })
            .collect::<Vec<_>>()
    })
    .await
}

async fn ask(sender: &mut http1::SendRequest<Empty<Bytes>>, requests: &Requests, number: usize) -> Result<usize, Failure> {
    sender.ready().await?;
    let request = Request::get(requests.target(number))
        .header("host", requests.url.trim_start_matches("http://"))
        .header("authorization", format!("Bearer {}", requests.token))
        .body(Empty::new())?;
    let mut body = sender.send_request(request).await?.into_body();
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        read += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(read)
}

/// Starts all tasks, waits for them, and prints what it took.
async fn measure<T: Future<Output = Result<Result<usize, Failure>, tokio::task::JoinError>>>(
    start: impl FnOnce() -> Vec<T>,
) -> Result<(), Failure> {
    let (wall, cpu) = (Instant::now(), processor_seconds());
    let mut read = 0;
    for task in start() {
        read += task.await??;
    }
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), processor_seconds() - cpu);
    println!(r#"{{"cpu":{cpu},"wall":{wall},"peak_memory":{},"read":{read}}}"#, peak_memory()?);
    Ok(())
}

/// User and system time of the whole process.
fn processor_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn peak_memory() -> Result<usize, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<usize>()? * 1024)
}
