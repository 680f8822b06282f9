"""Who there is to call: one folder a provider. Floor 4; siblings never meet."""
