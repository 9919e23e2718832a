alter table lead_imports
  add column if not exists user_id text,
  -- A file where it lay, or one that was uploaded; rows in a request are kept as a file.
  add column source text not null default 'file' check (source in ('file', 'upload')),
  -- What the caller says of the encoding, else what was found; null until the file was looked at.
  add column encoding text,
  add column packing text check (packing in ('none', 'gzip', 'zip')),
  -- Where the unpacked text in UTF-8 lies: the file itself if it is that. Null until it is ready.
  add column read_url text,
  -- Of the first row, when it is a header: refused rows are given back under these names.
  add column header text[],
  add column delimiter text,
  -- Who is to get an email at the end, and from whom.
  add column notify_email text,
  add column notify_from text,
  add constraint lead_imports_notify check ((notify_email is null) = (notify_from is null));

-- What people of a tenant are told: written with what it is about.
create table notifications (
  notification_id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  -- Null: everybody of the tenant.
  user_id text,
  -- import.completed, import.failed, export.completed, …
  kind text not null,
  subject_id text not null,
  title text not null,
  text text not null,
  created_at timestamptz not null default now(),
  read_at timestamptz
);
create index notifications_tenant on notifications (tenant_id, created_at desc, notification_id);
-- Unread ones are counted.
create index notifications_unread on notifications (tenant_id) where read_at is null;
