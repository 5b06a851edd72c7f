//! The machine's figures, once a second, from the operating system.

use std::{
    collections::HashSet,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use sysinfo::{DiskRefreshKind, Disks, Networks, System};

use crate::{
    alerts::Alerts,
    streams::{Event, Streams},
};

/// What goes out on `metrics`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sample {
    /// Milliseconds since 1970.
    pub time: u64,
    /// Percent, each core and the mean.
    pub cpu: Vec<f32>,
    #[serde(rename = "cpuTotal")]
    pub cpu_total: f32,
    pub memory: Usage,
    /// All disks together.
    pub disk: Usage,
    /// Bytes a second, read and written.
    pub io: Rate,
    /// Bytes a second, received and sent, without the loopback.
    pub network: Rate,
    /// The same of the loopback, on which this very demo runs when it is opened on the machine it runs on.
    pub loopback: Rate,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Usage {
    pub used: u64,
    pub total: u64,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Rate {
    #[serde(rename = "in")]
    pub inward: u64,
    #[serde(rename = "out")]
    pub outward: u64,
}

/// Dropping it ends the sampling.
#[must_use = "a dropped sampler stops"]
pub struct Sampler {
    _stop: Sender<()>,
}

/// Starts the sampling. It has a thread of its own, since reading the figures blocks.
pub fn start(streams: Streams) -> Sampler {
    let (stop, stopped) = channel();
    thread::spawn(move || run(&streams, &stopped));
    Sampler { _stop: stop }
}

fn run(streams: &Streams, stopped: &Receiver<()>) {
    let mut source = match Source::new() {
        Ok(source) => source,
        Err(error) => {
            tracing::error!("no metrics: the operating system does not give them: {error}");
            return;
        }
    };
    let mut alerts = Alerts::default();
    while stopped.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
        let sample = source.sample();
        streams.to_channel("metrics", Event::new("metrics", json(&sample)));
        for alert in alerts.observe(&sample) {
            tracing::warn!(
                "{} at {:.0} %: alert {:?}",
                alert.metric,
                alert.value,
                alert.state
            );
            // Indented, so that it travels as several `data:` lines: JSON has no objection.
            let data = serde_json::to_string_pretty(&alert).expect("an alert is JSON");
            streams.to_channel("alert", Event::new("alert", data));
        }
    }
}

struct Source {
    system: System,
    disks: Disks,
    networks: Networks,
    refreshed: Instant,
}

impl Source {
    fn new() -> Result<Source, sysinfo::Error> {
        let mut system = System::new()?;
        system.refresh_cpu_usage();
        let disks = Disks::new_with_refreshed_list()?;
        let networks = Networks::new_with_refreshed_list()?;
        Ok(Source {
            system,
            disks,
            networks,
            refreshed: Instant::now(),
        })
    }

    fn sample(&mut self) -> Sample {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        self.disks.refresh_specifics(true, DiskRefreshKind::everything());
        self.networks.refresh(true);
        // The figures are sums since the last refresh, and the thread may have waited longer than a second.
        let seconds = self.refreshed.elapsed().as_secs_f64().max(0.001);
        self.refreshed = Instant::now();

        let mut sample = Sample {
            time: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |time| time.as_millis() as u64),
            cpu: self.system.cpus().iter().map(|cpu| round(cpu.usage())).collect(),
            cpu_total: round(self.system.global_cpu_usage()),
            memory: Usage {
                used: self.system.used_memory(),
                total: self.system.total_memory(),
            },
            ..Sample::default()
        };
        // A device that is mounted at several places is one device.
        let mut seen = HashSet::new();
        for disk in self.disks.iter().filter(|disk| seen.insert(disk.name())) {
            sample.disk.total += disk.total_space();
            sample.disk.used += disk.total_space().saturating_sub(disk.available_space());
            let usage = disk.usage();
            sample.io.add(usage.read_bytes, usage.written_bytes, seconds);
        }
        for (name, network) in &self.networks {
            let rate = if name.as_encoded_bytes().starts_with(b"lo") {
                &mut sample.loopback
            } else {
                &mut sample.network
            };
            rate.add(network.received(), network.transmitted(), seconds);
        }
        sample
    }
}

impl Rate {
    fn add(&mut self, inward: u64, outward: u64, seconds: f64) {
        self.inward += (inward as f64 / seconds) as u64;
        self.outward += (outward as f64 / seconds) as u64;
    }
}

/// One decimal is all that a chart shows, and shorter JSON.
fn round(percent: f32) -> f32 {
    (percent * 10.0).round() / 10.0
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain structs are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_machines_figures() {
        let sample = Source::new().unwrap().sample();
        assert!(!sample.cpu.is_empty() && sample.memory.total > 0 && sample.time > 0);
        assert!(sample.cpu.iter().all(|percent| (0.0..=100.0).contains(percent)));
    }

    #[test]
    fn rates_are_per_second() {
        let mut rate = Rate::default();
        rate.add(300, 600, 2.0);
        assert_eq!((rate.inward, rate.outward), (150, 300));
    }
}
