"""The witness: a small server that cosigns the heads of logs, each only if it extends all that it cosigned before."""
