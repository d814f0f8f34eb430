"""What we ask the model: a short script each, from its design to its published tables and figures."""

EXPERIMENTS = (
    "reforms",
    "rule-of-law",
    "credibility",
    "salary",
    "topology",
    "tipping",
    "host-shock",
    "diversification",
    "brain-gain-initiative",
    "diaspora",
    "family",
    "one-to-one",
    "sweep",
)
