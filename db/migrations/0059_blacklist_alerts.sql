-- Whoever is listed is told of it by the check itself: these stand as alerts, and reach the platform when nothing else does.
insert into alert_rules (rule_id, scope, kind, name, severity, fire_above, clear_at_most, for_ms, clear_for_ms, changed_by, routes) values
  ('00000000-0000-4000-8000-00000000000f', 'platform', 'blacklist', 'Listed on a blacklist', 'critical', 0, 0, 0, 0, 'floe', '{urgent}'),
  ('00000000-0000-4000-8000-000000000010', 'tenants', 'blacklist', 'Listed on a blacklist', 'critical', 0, 0, 0, 0, 'floe', '{}');
