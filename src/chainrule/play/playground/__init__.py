"""The playground: a training behind a WebSocket, its pictures and its numbers."""
