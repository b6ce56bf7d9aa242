//! Everything from start to end.

use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch as channel;
use tokio::task::JoinHandle;
use tokio::time::interval;

use crate::app::{self, App, Fault};
use crate::args::Args;
use crate::brokers::Brokers;
use crate::gateway::{Gateway, TOKEN};
use crate::log::Log;
use crate::program::Program;
use crate::supervise;
use crate::watch::{self, Watch};

/// Runs until Ctrl-C or SIGTERM.
pub(crate) async fn run(args: &Args, log: &Log) -> ExitCode {
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => {
            log.say(&format!("signals cannot be received: {error}"));
            return ExitCode::from(2);
        }
    };
    let mut session = match Session::start(args, log).await {
        Ok(session) => session,
        Err(code) => return code,
    };
    let mut watch = Watch::new(app::files(args));
    let mut looks = interval(watch::INTERVAL);
    loop {
        tokio::select! {
            () = signals.recv() => break,
            _ = looks.tick() => {
                if let Some(file) = watch.changed() {
                    log.say(&format!("{} has changed", file.display()));
                    session.reload(args).await;
                }
            }
        }
    }
    log.say("draining; Ctrl-C again leaves at once");
    tokio::select! {
        () = session.stop() => log.say("stopped"),
        // Whatever is left is ended by its own leash.
        () = signals.recv() => log.say("left at once"),
    }
    ExitCode::SUCCESS
}

/// A running application.
struct Session {
    log: Log,
    brokers: Brokers,
    gateway: Gateway,
    routes: Vec<(String, String)>,
    functions: Vec<Running>,
    /// Functions started so far: each gets a colour by its number.
    count: usize,
}

/// A function, and how to stop it.
struct Running {
    program: Program,
    stop: channel::Sender<bool>,
    done: JoinHandle<()>,
}

impl Session {
    async fn start(args: &Args, log: &Log) -> Result<Self, ExitCode> {
        let cannot = |why: String| {
            log.say(&why);
            ExitCode::from(2)
        };
        let loaded = app::load(args, log).map_err(|fault| match fault {
            Fault::Input => ExitCode::from(1),
            Fault::Unreadable => ExitCode::from(2),
        })?;
        let brokers = Brokers::start(args).await.map_err(cannot)?;
        let app = loaded.app(&brokers);
        let gateway = Gateway::start(args, &brokers, &app.gateway, log)
            .await
            .map_err(cannot)?;
        log.say(&brokers.shown());
        log.say(&format!(
            "gateway: http://{} (metrics http://{}/metrics)",
            gateway.address, gateway.admin
        ));
        let mut session = Self {
            log: log.clone(),
            brokers,
            gateway,
            routes: Vec::new(),
            functions: Vec::new(),
            count: 0,
        };
        session.show_routes(&app);
        for program in app.programs {
            session.launch(program);
        }
        Ok(session)
    }

    fn show_routes(&mut self, app: &App) {
        if self.routes == app.routes {
            return;
        }
        for (path, topic) in &app.routes {
            let address = self.gateway.address;
            let line = format!("route: {path} → topic {topic}    curl http://{address}{path}");
            self.log.say(&line);
        }
        if app.gateway.contains("\"bearer\"") {
            self.log.say(&format!(
                "a route wants a token: -H 'authorization: Bearer {TOKEN}' lets in here"
            ));
        }
        self.routes.clone_from(&app.routes);
    }

    fn launch(&mut self, program: Program) {
        let tag = self.log.tag(&program.name, self.count);
        self.count += 1;
        let (stop, stopped) = channel::channel(false);
        let done = supervise::run(program.clone(), self.log.clone(), tag, stopped);
        self.functions.push(Running {
            program,
            stop,
            done: tokio::spawn(done),
        });
    }

    /// Takes what functions.yaml says now, if nothing is wrong with it.
    async fn reload(&mut self, args: &Args) {
        let Ok(loaded) = app::load(args, &self.log) else {
            self.log.say("everything goes on as before");
            return;
        };
        let app = loaded.app(&self.brokers);
        if let Err(why) = self.gateway.update(&app.gateway) {
            self.log.say(&format!("{why}\nroutes stay as before"));
        } else {
            self.show_routes(&app);
        }
        let (stay, go): (Vec<_>, Vec<_>) = std::mem::take(&mut self.functions)
            .into_iter()
            .partition(|running| app.programs.contains(&running.program));
        self.functions = stay;
        stop(go).await;
        for program in app.programs {
            let known = |running: &Running| running.program == program;
            if !self.functions.iter().any(known) {
                self.launch(program);
            }
        }
    }

    /// First the way in, then who does the work, then what is between them.
    async fn stop(self) {
        self.gateway.stop().await;
        stop(self.functions).await;
        self.brokers.stop().await;
    }
}

/// Stops functions, all at once.
async fn stop(functions: Vec<Running>) {
    for function in &functions {
        // One that has ended needs no telling.
        let _ = function.stop.send(true);
    }
    for function in functions {
        let _ = function.done.await;
    }
}

/// What ends this program. The terminal's end is one more.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn recv(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
            _ = hangup.recv() => (),
        }
    }
}
