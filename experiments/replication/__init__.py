"""Models that others have published, written afresh from their descriptions, on this project's draws and runner."""
