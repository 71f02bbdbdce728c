/* The counter's page: the work area, its keys, scanners that type, a bill whose answer was lost, and
   the live notices, each in a file of its own. */
import { connect } from "./counter_live.js";
import { restore } from "./counter_outcome.js";
import { settle } from "./counter_work.js";
import "./counter_keys.js";
import "./counter_scan.js";

settle();
restore();
connect();
