"""What every layer may use: errors, registries and the text of messages."""
