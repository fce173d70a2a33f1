"""Kernels to test on: where a test runs, what that place can do, and the machines themselves. See README.md."""
