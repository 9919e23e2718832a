// Those of what is in the first load, in Mantine's order; a page that uses more imports its own.
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./dashboard.css";
