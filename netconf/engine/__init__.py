"""Reconciling: observe, plan, execute, verify, roll back, recover.

Everything is one mechanism, reconciling toward a target: apply reconciles toward what the document
means, rollback and recovery toward the before-images in the journal.
"""
