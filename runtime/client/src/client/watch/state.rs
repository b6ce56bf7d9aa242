//! What is known of one topic.

use kubefuncs_nsq::Address;

/// What the brokers said of a topic when they were asked last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicState {
    /// The brokers that answered.
    pub nodes: Vec<NodeState>,
    /// How many did not answer in time, or cannot be asked.
    pub silent: usize,
}

/// What one broker said of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NodeState {
    /// The broker.
    pub node: Address,
    /// Whether it has the topic.
    pub exists: bool,
    /// Whether an operator has paused the topic there.
    pub paused: bool,
    /// Messages that have not reached a channel yet.
    pub depth: u64,
    /// The channels.
    pub channels: Vec<ChannelState>,
}

/// What one broker said of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelState {
    /// Its name.
    pub name: String,
    /// Connections that consume it.
    pub consumers: u64,
    /// Messages that wait.
    pub depth: u64,
    /// Messages that were delivered and not answered.
    pub in_flight: u64,
    /// Messages that wait for a delay to pass.
    pub deferred: u64,
    /// Whether an operator has paused it.
    pub paused: bool,
}

impl ChannelState {
    /// Whether it goes with its last consumer.
    pub fn is_ephemeral(&self) -> bool {
        self.name.ends_with("#ephemeral")
    }
}

impl NodeState {
    /// The channels that functions consume. Where there are durable ones, whoever only looks on
    /// from an ephemeral one is none of them.
    fn serving(&self) -> impl Iterator<Item = &ChannelState> {
        let durable = self.channels.iter().any(|channel| !channel.is_ephemeral());
        self.channels
            .iter()
            .filter(move |channel| !(durable && channel.is_ephemeral()))
    }

    /// Whether a function here consumes the topic.
    pub fn is_served(&self) -> bool {
        self.serving().any(|channel| channel.consumers > 0)
    }

    /// Whether nothing is delivered here, because the topic or each of its channels is paused.
    pub fn is_paused(&self) -> bool {
        let mut channels = self.serving().peekable();
        self.paused || (channels.peek().is_some() && channels.all(|channel| channel.paused))
    }

    /// Messages that wait: in the topic, and in the channel where most do.
    pub fn waiting(&self) -> u64 {
        let deepest = self.serving().map(|channel| channel.depth).max();
        self.depth + deepest.unwrap_or_default()
    }
}

impl TopicState {
    /// Whether any broker answered: nothing else here means anything without.
    pub fn is_known(&self) -> bool {
        !self.nodes.is_empty()
    }

    /// Whether a function consumes the topic anywhere. `None` when no answer says that one does,
    /// and not every broker answered.
    pub fn is_served(&self) -> Option<bool> {
        let served = self.nodes.iter().any(NodeState::is_served);
        (served || (self.silent == 0 && self.is_known())).then_some(served)
    }

    /// Whether everything that is known of the topic is paused.
    pub fn is_paused(&self) -> bool {
        let mut existing = self.nodes.iter().filter(|node| node.exists).peekable();
        existing.peek().is_some() && existing.all(NodeState::is_paused)
    }

    /// Messages that wait, over all brokers that answered.
    pub fn waiting(&self) -> u64 {
        self.nodes.iter().map(NodeState::waiting).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(name: &str, consumers: u64, depth: u64, paused: bool) -> ChannelState {
        ChannelState {
            name: name.to_owned(),
            consumers,
            depth,
            in_flight: 0,
            deferred: 0,
            paused,
        }
    }

    fn node(channels: Vec<ChannelState>) -> NodeState {
        NodeState {
            node: Address::new("a", 1),
            exists: true,
            paused: false,
            depth: 1,
            channels,
        }
    }

    fn state(nodes: Vec<NodeState>, silent: usize) -> TopicState {
        TopicState { nodes, silent }
    }

    #[test]
    fn nobody_serves_what_no_broker_says_is_served_and_all_answered() {
        let idle = node(vec![channel("default", 0, 0, false)]);
        let busy = node(vec![channel("default", 1, 0, false)]);
        assert_eq!(state(vec![], 0).is_served(), None);
        assert_eq!(state(vec![idle.clone()], 0).is_served(), Some(false));
        assert_eq!(state(vec![idle.clone()], 1).is_served(), None);
        assert_eq!(state(vec![idle, busy], 1).is_served(), Some(true));
    }

    #[test]
    fn who_looks_on_serves_nothing() {
        let tailed = node(vec![
            channel("default", 0, 3, false),
            channel("tail#ephemeral", 1, 9, false),
        ]);
        assert!(!tailed.is_served());
        assert_eq!(tailed.waiting(), 4);
        assert!(node(vec![channel("own#ephemeral", 1, 0, false)]).is_served());
    }

    #[test]
    fn a_topic_is_paused_when_nothing_of_it_flows() {
        let paused = node(vec![channel("default", 1, 0, true)]);
        let flowing = node(vec![channel("default", 1, 0, false)]);
        assert!(paused.is_paused() && !flowing.is_paused());
        assert!(state(vec![paused.clone()], 0).is_paused());
        assert!(!state(vec![paused, flowing.clone()], 0).is_paused());
        let topic = NodeState {
            paused: true,
            ..flowing
        };
        assert!(topic.is_paused());
        assert!(!state(vec![], 0).is_paused());
    }
}
