//! Topics without a channel: nobody serves them, and a name that is written wrong is one of them.
//!
//! nsqlookupds are asked first, so that a topic that is served costs one short answer. Only where
//! all of them know of no channel are the brokers asked, whose word counts.

use std::time::Duration;

use kubefuncs::config::Brokers;
use kubefuncs::{Address, Config, Topic};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{directory, print};

/// How long all of it may take: a hint is worth no more.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many other topics at most are named; more are no help.
const NAMED: usize = 5;

/// That nobody serves a topic, for people. `None` where that is not certain: when anybody gives no
/// answer, and with an nsqd that is named itself, whose HTTP port would be a guess.
pub(crate) async fn explain(config: &Config, topic: &Topic) -> Option<String> {
    let Brokers::Lookupd(lookupds) = &config.brokers else {
        return None;
    };
    timeout(PATIENCE, asked(lookupds, topic)).await.ok()?
}

async fn asked(lookupds: &[Address], topic: &Topic) -> Option<String> {
    let mut directories = Vec::new();
    for lookupd in lookupds {
        directories.extend(directory::resolve(lookupd).await.ok()?);
    }
    all(directories.iter().map(|address| {
        let (address, topic) = (address.clone(), topic.clone());
        async move {
            let channels = directory::channels(&address, topic.as_str()).await.ok()?;
            channels.is_empty().then_some(())
        }
    }))
    .await?;
    let nodes = all(directories.iter().map(|address| {
        let address = address.clone();
        async move { directory::nodes_of(&address).await.ok() }
    }))
    .await?
    .concat();
    if nodes.is_empty() {
        return None;
    }
    all(nodes.into_iter().map(|node| {
        let topic = topic.clone();
        async move {
            let stats = directory::topic(&node, &topic).await.ok()?;
            stats
                .is_none_or(|stats| stats.channels.is_empty())
                .then_some(())
        }
    }))
    .await?;
    let mut said = format!("nobody serves topic `{topic}`: no broker has a channel of it");
    if let Some(others) = others(directories.first()?, topic).await {
        said.push_str("; topics that have one: ");
        said.push_str(&others);
    }
    Some(said)
}

/// The topics that may have been meant, where they are few.
async fn others(directory: &Address, topic: &Topic) -> Option<String> {
    let mut topics = directory::topics(directory).await.ok()?;
    topics.retain(|other| other != topic.as_str() && !other.ends_with("#ephemeral"));
    if topics.len() > NAMED {
        return None;
    }
    topics.sort_unstable();
    let mut others = Vec::new();
    for other in topics {
        if !directory::channels(directory, &other)
            .await
            .ok()?
            .is_empty()
        {
            others.push(format!("`{}`", print::one_line(&other)));
        }
    }
    (!others.is_empty()).then(|| others.join(", "))
}

/// The answers of all, who are asked at once; `None` as soon as one has none.
async fn all<T, F>(asked: impl Iterator<Item = F>) -> Option<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Option<T>> + Send + 'static,
{
    let mut asked: JoinSet<_> = asked.collect();
    let mut answers = Vec::new();
    while let Some(answer) = asked.join_next().await {
        answers.push(answer.ok()??);
    }
    Some(answers)
}
