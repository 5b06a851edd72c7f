import { eventSource, flat, serve } from './limit.js';

serve({ connect: eventSource, ...flat });
