"""The use cases, one module each; wiring builds the concrete objects they work with."""
