/** Names that may be variables of `network.py` and attributes of its `nn.Module`. */
import { type SafeNames, safeNames } from "../names.ts";

const words = (text: string): readonly string[] => text.split(" ");

const KEYWORDS = words(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda " +
    "nonlocal not or pass raise return try while with yield",
);
/** The attributes of every `nn.Module`: `dir(nn.Module())` of PyTorch 2.13, without names that begin with `_`. */
const OF_MODULES = words(
  "T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float forward " +
    "get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers named_children named_modules " +
    "named_parameters parameters register_backward_hook register_buffer register_forward_hook register_forward_pre_hook " +
    "register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook " +
    "register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule " +
    "share_memory state_dict to to_empty train training type xpu zero_grad",
);
/** The names that the script itself uses there. */
const OF_SCRIPT = words("relu_outputs features self torch nn F dist math len");
const TAKEN = new Set([...KEYWORDS, ...OF_MODULES, ...OF_SCRIPT]);

/** Returns a variable for each layer: ASCII letters, not a word with another meaning. */
export const layerNames = (ids: readonly string[]): SafeNames => safeNames(ids, (name) => /^[A-Za-z]\w*$/.test(name) && !TAKEN.has(name));
