//! Everything from start to end.

use std::process::ExitCode;

use kubefuncs::Config;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::interval;

use crate::app::{self, App, Fault};
use crate::args::Args;
use crate::brokers::Brokers;
use crate::clock::System;
use crate::crew::Crew;
use crate::folder::Folder;
use crate::gateway::{Gateway, TOKEN};
use crate::log::{Log, Tags};
use crate::program::Program;
use crate::schedule::{self, Schedule};
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
                if let Some(file) = watch.gone() {
                    log.say(&format!("{} is gone; everything goes on as before", file.display()));
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
    tags: Tags,
    functions: Crew<Program>,
    schedules: Crew<Schedule>,
    /// How schedules find the broker.
    config: Config,
    /// Holds what is written for this run.
    folder: Folder,
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
        let folder = Folder::new().map_err(cannot)?;
        let config = brokers.config().map_err(cannot)?;
        let app = loaded.app(&brokers, folder.path());
        let gateway = Gateway::start(args, &brokers, folder.path(), &app.gateway, log)
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
            tags: Tags::default(),
            functions: Crew::new(),
            schedules: Crew::new(),
            config,
            folder,
        };
        session.show_routes(&app);
        session.set(app).await;
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

    /// Makes what runs what `app` says; what it says as before is not touched.
    async fn set(&mut self, app: App) {
        let Self { log, tags, .. } = self;
        let mut tagged = |name: &str| (log.clone(), tags.of(name, log));
        let start = |program: Program, stop| {
            let lines = tagged(&program.name);
            supervise::run(program, lines, stop)
        };
        self.functions.change(app.programs, start).await;
        let start = |schedule: Schedule, stop| {
            let lines = tagged(&schedule.function);
            schedule::run(schedule, System, self.config.clone(), lines, stop)
        };
        self.schedules.change(app.schedules, start).await;
    }

    /// Takes what functions.yaml says now, if nothing is wrong with it.
    async fn reload(&mut self, args: &Args) {
        let Ok(loaded) = app::load(args, &self.log) else {
            self.log.say("everything goes on as before");
            return;
        };
        let app = loaded.app(&self.brokers, self.folder.path());
        if let Err(why) = self.gateway.update(&app.gateway) {
            self.log.say(&format!("{why}\nroutes stay as before"));
        } else {
            self.show_routes(&app);
        }
        self.set(app).await;
    }

    /// First the ways in, then who does the work, then what is between them.
    async fn stop(self) {
        self.schedules.stop().await;
        self.gateway.stop().await;
        self.functions.stop().await;
        self.brokers.stop().await;
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
