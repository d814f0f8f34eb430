"""What we ask the model: a short script each, from its design to its published tables and figures."""

EXPERIMENTS = (
    "reforms",
    "rule-of-law",
    "credibility",
    "salary",
    "serpin",
    "personnel-reserve",
    "brain-korea",
    "diversification",
    "brain-gain-initiative",
    "diaspora",
    "family",
    "host-shock",
    "topology",
    "tipping",
    "portfolio",
    "one-to-one",
    "sweep",
)
