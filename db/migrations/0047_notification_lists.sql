-- What became of notifications, newest first: to one person, and by how they stand. A few entries a notification and person.
create index notification_deliveries_user on notification_deliveries (user_id, delivery_id desc);
create index notification_deliveries_status on notification_deliveries (tenant_id, status, delivery_id desc);
create index notification_deliveries_channel on notification_deliveries (tenant_id, channel, delivery_id desc);

-- When it is told, not when the work that tells it began: what a long transaction tells belongs behind what was read meanwhile,
-- and what one transaction tells has an order.
alter table notifications alter column created_at set default clock_timestamp();
