/* The counter's page: the work area, its keys, scanners that type, and the live notices, each in a file of its own. */
import { connect } from "./counter_live.js";
import { settle } from "./counter_work.js";
import "./counter_keys.js";
import "./counter_scan.js";

settle();
connect();
