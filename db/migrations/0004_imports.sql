create table lead_imports (
  import_id uuid primary key,
  tenant_id text not null references tenants,
  file_url text not null,
  -- {"col_0": "email", "col_1": "first_name", "col_2": "attributes.city"}
  mapping jsonb not null,
  has_header boolean not null default true,
  list_id uuid references lists,
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'cancelled', 'failed')),
  error text,
  total_bytes bigint,
  processed_bytes bigint not null default 0,
  rows_read bigint not null default 0,
  rows_imported bigint not null default 0,
  rows_created bigint not null default 0,
  rows_refused bigint not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index lead_imports_tenant on lead_imports (tenant_id, created_at desc, import_id);

-- One committed chunk of rows: an import resumes after the last one.
create table lead_import_batches (
  import_id uuid not null references lead_imports on delete cascade,
  batch_no int not null,
  -- Line and byte at which the next chunk begins.
  next_line bigint not null,
  next_byte bigint not null,
  rows_imported int not null,
  rows_refused int not null,
  committed_at timestamptz not null default now(),
  primary key (import_id, batch_no)
);

-- Every refused row with its line and reason; `raw` is cut at 1,000 characters.
create table lead_import_refusals (
  import_id uuid not null references lead_imports on delete cascade,
  line bigint not null,
  field text,
  reason text not null,
  raw text not null,
  primary key (import_id, line)
);
