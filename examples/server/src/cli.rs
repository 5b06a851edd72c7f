//! The command line.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

pub const HELP: &str = "\
The demo server of tabmux.

  --port PORT    the port (4173; if it is taken, the next free one of the twenty after it; 0: any)
  --bind ADDR    the address to listen on (127.0.0.1 and, where there is one, [::1])
  --host NAME    a further name that browsers may use for this server; may be given more than once
  --pkg DIR      the built package (pkg)
  --pages DIR    the pages (examples/demo)
  --help         this text
";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub port: u16,
    /// `None`: the loopback.
    pub bind: Option<IpAddr>,
    pub hosts: Vec<String>,
    pub package: Option<PathBuf>,
    pub pages: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            port: 4173,
            bind: None,
            hosts: Vec::new(),
            package: None,
            pages: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Serve(Options),
    Help,
}

/// Reads the arguments, the program's name not among them; the error is for the user.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Command, String> {
    let mut options = Options::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let (name, inline) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        if matches!(&*name, "--help" | "-h") {
            return Ok(Command::Help);
        }
        let value = inline
            .or_else(|| arguments.next())
            .filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| format!("{name} needs a value"));
        match &*name {
            "--port" => {
                options.port = value?
                    .parse()
                    .map_err(|_| "--port needs a number up to 65535".to_owned())?
            }
            "--bind" => {
                options.bind = Some(
                    value?
                        .parse()
                        .map_err(|_| "--bind needs an IP address".to_owned())?,
                )
            }
            "--host" => options.hosts.push(value?),
            "--pkg" => options.package = Some(value?.into()),
            "--pages" => options.pages = Some(value?.into()),
            _ => return Err(format!("there is no option {name}")),
        }
    }
    Ok(Command::Serve(options))
}

impl Options {
    /// The addresses to listen on. The second one may be missing on a machine, but if it is there it must be
    /// ours too: browsers try `[::1]` first for `localhost`, and would reach whoever else listens there.
    pub fn addresses(&self) -> Vec<IpAddr> {
        match self.bind {
            Some(address) => vec![address],
            None => vec![Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read_in_both_forms() {
        let expected = Options {
            port: 0,
            bind: Some("0.0.0.0".parse().unwrap()),
            hosts: vec!["box.lan".into(), "box".into()],
            package: Some("dist".into()),
            pages: Some("site".into()),
        };
        let line = "--port 0 --bind=0.0.0.0 --host box.lan --host=box --pkg dist --pages site";
        assert_eq!(parsed(line), Ok(Command::Serve(expected)));
        assert_eq!(parsed(""), Ok(Command::Serve(Options::default())));
        assert_eq!(parsed("--port 1 --help"), Ok(Command::Help));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parsed("--port").unwrap_err(), "--port needs a value");
        assert_eq!(
            parsed("--port 70000").unwrap_err(),
            "--port needs a number up to 65535"
        );
        assert_eq!(
            parsed("--bind localhost").unwrap_err(),
            "--bind needs an IP address"
        );
        assert_eq!(parsed("--what x").unwrap_err(), "there is no option --what");
    }
}
