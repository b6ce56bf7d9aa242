//! The program that an image and a command mean.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use kubefuncs_testkit::{binary, nsqd_program, nsqlookupd_program, workspace_dir};

use crate::Fault;
use crate::listen::Listen;

/// A program that can stand for the one in an image.
#[derive(Debug)]
pub struct Program {
    /// The name of its file.
    pub name: &'static str,
    /// Where it listens unless told.
    pub listens: &'static [Listen],
    /// The flag with the address that it tells others to find it at. Its default is the machine's
    /// name, which in a cluster nobody but the pod itself can resolve.
    pub announces: Option<&'static str>,
    /// Whether it is written in Go.
    pub is_go: bool,
    find: fn() -> PathBuf,
}

static PROGRAMS: [Program; 4] = [
    Program {
        name: "kubefuncs-gateway",
        listens: &[Listen::Flag("listen", 8080), Listen::Flag("admin", 8081)],
        announces: None,
        is_go: false,
        find: || binary("kubefuncs-gateway", "kubefuncs-gateway"),
    },
    Program {
        name: "kubefuncs-example",
        listens: &[Listen::Variable("HEALTHZ_ADDR", 8080)],
        announces: None,
        is_go: false,
        find: || binary("kubefuncs-example", "kubefuncs-example"),
    },
    Program {
        name: "nsqd",
        listens: &[
            Listen::Flag("tcp-address", 4150),
            Listen::Flag("http-address", 4151),
        ],
        announces: Some("broadcast-address"),
        is_go: true,
        find: || nsqd_program().to_path_buf(),
    },
    Program {
        name: "nsqlookupd",
        listens: &[
            Listen::Flag("tcp-address", 4160),
            Listen::Flag("http-address", 4161),
        ],
        announces: Some("broadcast-address"),
        is_go: true,
        find: || nsqlookupd_program().to_path_buf(),
    },
];

impl Program {
    /// Its file on this machine, built if need be.
    pub fn path(&self) -> PathBuf {
        (self.find)()
    }

    /// Whether a variable's name occurs in the program: one that does not is read by nobody.
    ///
    /// # Errors
    /// When `grep` does not run.
    pub fn mentions(&self, variable: &str) -> Result<bool, Fault> {
        let mut grep = Command::new("grep");
        let status = grep
            .args(["-q", "-F", "-e", variable])
            .arg(self.path())
            .status();
        status
            .map(|status| status.success())
            .map_err(|error| format!("grep: {error}"))
    }
}

/// What an image holds, as far as starting a program goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Paths in the image, and the name of the program there.
    programs: Vec<(String, String)>,
    entrypoint: Vec<String>,
    cmd: Vec<String>,
}

impl Image {
    /// The image of a reference, by the last part of its repository: `nsq`, or one of ours, which
    /// is what its Dockerfile says.
    ///
    /// # Errors
    /// When it is neither.
    pub fn of(reference: &str) -> Result<Image, Fault> {
        let repository = reference.split('@').next().unwrap_or_default();
        let last = repository.rsplit('/').next().unwrap_or_default();
        match last.split(':').next().unwrap_or_default() {
            "nsq" => Ok(Image::nsq()),
            name => {
                let folder = name.strip_prefix("kubefuncs-").unwrap_or(name);
                let file = workspace_dir().join(format!("runtime/{folder}/Dockerfile"));
                let text = fs::read_to_string(&file).map_err(|error| {
                    format!("image {reference}: runtime/{folder}/Dockerfile: {error}")
                })?;
                Ok(Image::from_dockerfile(&text))
            }
        }
    }

    /// `nsqio/nsq`: its programs lie in `/usr/local/bin`, with links in `/` and `/bin`; it says
    /// nothing about which to start.
    fn nsq() -> Image {
        let places = ["/usr/local/bin/", "/bin/", "/"];
        let all = places
            .iter()
            .flat_map(|place| ["nsqd", "nsqlookupd"].map(|name| (place, name)));
        let programs = all.map(|(place, name)| (format!("{place}{name}"), name.to_owned()));
        Image {
            programs: programs.collect(),
            ..Image::default()
        }
    }

    /// Reads `COPY SOURCE PATH`, `ENTRYPOINT ["PATH", …]` and `CMD ["PATH", …]`.
    pub fn from_dockerfile(text: &str) -> Image {
        let mut image = Image::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.split_first() {
                Some((&"COPY", rest)) => {
                    let paths: Vec<&&str> = rest.iter().filter(|w| !w.starts_with("--")).collect();
                    let [source, path] = paths[..] else { continue };
                    let name = source.rsplit('/').next().unwrap_or_default();
                    let file = if path.ends_with('/') { name } else { "" };
                    image
                        .programs
                        .push((format!("{path}{file}"), name.to_owned()));
                }
                Some((&"ENTRYPOINT", rest)) => image.entrypoint = words_of(&rest.join(" ")),
                Some((&"CMD", rest)) => image.cmd = words_of(&rest.join(" ")),
                _ => {}
            }
        }
        image
    }

    /// The program that a container starts, and its arguments: `command` replaces the image's
    /// entrypoint and cmd, `args` its cmd.
    ///
    /// # Errors
    /// When the image has no such program.
    pub fn start(
        &self,
        command: &[String],
        args: &[String],
    ) -> Result<(&'static Program, Vec<String>), Fault> {
        let words = match (command, args) {
            ([], []) => [self.entrypoint.as_slice(), &self.cmd].concat(),
            ([], args) => [self.entrypoint.as_slice(), args].concat(),
            (command, args) => [command, args].concat(),
        };
        let (file, rest) = words
            .split_first()
            .ok_or("no command, and the image names none")?;
        let found = self.programs.iter().find(|(path, _)| {
            // A name without a slash is looked for where every runtime's default PATH looks.
            let places = ["/usr/local/bin/", "/usr/bin/", "/bin/"];
            path == file || places.iter().any(|place| *path == format!("{place}{file}"))
        });
        let (_, name) = found.ok_or_else(|| format!("the image has no program {file}"))?;
        let program = PROGRAMS.iter().find(|program| program.name == name);
        let program = program.ok_or_else(|| format!("{name} is no program known here"))?;
        Ok((program, rest.to_vec()))
    }
}

/// The words of a Dockerfile's JSON form; none of its shell form, which needs a shell.
fn words_of(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}
