"""Training: a worker that is one rank of a trainer group, with TRL's GRPOTrainer and SFTTrainer inside.

Read `grpo.py` top to bottom: passages to prompts (`training_passages`), their order (`order_of_prompts`), rollouts
by the engine that recycles too (`rollouts`), scores by the host (`score_client`), totals and advantages
(`totals`), the loss by TRL (`grpo_trainer`), guards, held-out evaluation, checkpoints.
"""
