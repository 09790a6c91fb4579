"""Music: melody-rnn, critics, and what reads, writes, plays and draws scores."""
