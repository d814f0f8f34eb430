"""What we ask the model: a short script each, from its design to its published tables and figures."""

EXPERIMENTS = (
    "reforms",
    "rule-of-law",
    "credibility",
    "salary",
    "diversification",
    "brain-gain-initiative",
    "diaspora",
    "family",
    "host-shock",
    "topology",
    "tipping",
    "one-to-one",
    "sweep",
)
