//! A file on its way down; `_downloads.py` is its face.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::raw::headers;
use super::upload::Sources;
use super::{blocking, log};
use crate::engine::download::Download;
use crate::engine::{Client, Request};

#[pyclass(frozen, module = "atlassian_cloud._native", name = "Download")]
pub struct NativeDownload {
    client: Client,
    request: Request,
    download: Arc<Download>,
}

impl NativeDownload {
    pub fn new(py: Python<'_>, client: Client, request: Request, download: Download) -> PyResult<Self> {
        log::answered(py, &request.call(), &download.response)?;
        Ok(NativeDownload { client, request, download: Arc::new(download) })
    }
}

#[pymethods]
impl NativeDownload {
    #[getter]
    fn status(&self) -> u16 {
        self.download.response.status
    }

    #[getter]
    fn url(&self) -> &str {
        &self.download.response.url
    }

    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        headers(py, &self.download.response.headers)
    }

    /// Where in the file it begins.
    #[getter]
    fn start(&self) -> u64 {
        self.download.start
    }

    /// Size of the whole file in bytes, None if the server does not tell.
    #[getter]
    fn size(&self) -> Option<u64> {
        self.download.size
    }

    /// The next piece, None at the end.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let download = &self.download;
        blocking::wait(py, |_| download.fetch())?;
        Ok(download.take().map(|piece| PyBytes::new(py, &piece)))
    }

    /// The same, awaited.
    fn next_async<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (download, taken) = (self.download.clone(), self.download.clone());
        let work = move |_| async move { download.fetch().await };
        let finish =
            move |py: Python<'_>, ()| Ok(taken.take().map_or_else(|| py.None(), |piece| PyBytes::new(py, &piece).into_any().unbind()));
        Ok(Bound::new(py, Sources::default().coroutine(self.request.call(), work, finish))?.into_any())
    }

    /// The same file from a place on, or from its beginning if it has changed.
    fn reopen(&self, py: Python<'_>, start: u64) -> PyResult<Self> {
        self.close();
        let (client, request, known) = (self.client.clone(), self.request.clone(), self.download.known());
        let download = blocking::wait(py, |_| async move { client.download(request, start, Some(known)).await })?;
        NativeDownload::new(py, self.client.clone(), self.request.clone(), download)
    }

    /// The same, awaited.
    fn reopen_async<'py>(&self, py: Python<'py>, start: u64) -> PyResult<Bound<'py, PyAny>> {
        self.close();
        let (client, request, known) = (self.client.clone(), self.request.clone(), self.download.known());
        let (owner, asked) = (client.clone(), request.clone());
        let work = move |_| async move { client.download(request, start, Some(known)).await };
        let finish =
            move |py: Python<'_>, download| Ok(Bound::new(py, NativeDownload::new(py, owner, asked, download)?)?.into_any().unbind());
        Ok(Bound::new(py, Sources::default().coroutine(self.request.call(), work, finish))?.into_any())
    }

    fn close(&self) {
        self.download.close();
    }
}
