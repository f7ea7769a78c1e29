/**
 * About 25 small networks over all kinds of heads and layouts, for CI.
 *
 * Comments say what each stands for; all are under 15 million parameters.
 */
export const QUICK_CORPUS: readonly string[] = [
  'test_resnet', // average pool, Linear
  'test_byobnet',
  'test_efficientnet', // expansion before strided depthwise convolutions
  'test_efficientnet_gn',
  'test_convnext', // pool, then norm
  'test_mambaout', // NHWC; norm, fc, act, norm
  'test_nfnet', // weight-standardised convolutions
  'test_vit', // class token
  'test_vit2', // mean of patch tokens, norm after it
  'test_vit3', // attention pooling
  'test_vit4', // RMSNorm
  'mobilenetv3_small_050', // convolution behind the pool
  'mobilenetv4_conv_small_035',
  'ghostnet_050', // first stage erased by folding
  'lcnet_035',
  'ese_vovnet19b_slim_dw',
  'dla46_c', // 1x1 convolution as classifier, six stages
  'mobilevit_xxs',
  'efficientvit_b0', // convolution of the head before the pool
  'efficientvit_m0', // BatchNorm and Linear as classifier
  'levit_128s', // two averaged heads
  'repvit_m0_9',
  'deit_tiny_distilled_patch16_224', // two heads on two tokens
  'crossvit_9_240', // two branches
  'efficientvim_m1', // four branches, weighted heads
  'pvt_v2_b0',
  'xcit_nano_12_p16_224', // class attention
  'starnet_s050',
  'resnetv2_50x1_bit', // a Pad uses a stage, which onnxruntime fuses away
];

/** At least one network of every source file of timm 1.0.31, small ones first. */
export const FULL_CORPUS: readonly string[] = [
  ...QUICK_CORPUS,
  'test_efficientnet_evos',
  'resnet10t',
  'skresnet18',
  'resnest14d',
  'legacy_seresnet18',
  'resnetv2_18',
  'regnetx_002',
  'regnety_002',
  'efficientnet_b0',
  'tf_efficientnet_b0',
  'tf_efficientnet_cc_b0_4e',
  'mixnet_s',
  'tinynet_e',
  'tf_mobilenetv3_small_075',
  'fbnetv3_b',
  'mobilenetv4_hybrid_medium',
  'hardcorenas_a',
  'ghostnetv3_050',
  'repghostnet_050',
  'densenet121',
  'dpn48b',
  'hrnet_w18_small',
  'rexnet_100',
  'cs3darknet_s',
  'darknet17',
  'mobileone_s0',
  'repvgg_a0',
  'halonet_h1',
  'lambda_resnet26t',
  'botnet26t_256',
  'mobilevitv2_050',
  'nf_regnet_b0',
  'convnext_atto',
  'convnextv2_atto',
  'edgenext_xx_small',
  'inception_next_atto',
  'fasternet_t0',
  'shvit_s1',
  'mambaout_femto',
  'hgnetv2_b0',
  'fastvit_t8',
  'gcvit_xxtiny',
  'maxvit_pico_rw_256',
  'coatnet_pico_rw_224',
  'efficientformer_l1',
  'efficientformerv2_s0',
  'swiftformer_xs',
  'csatv2',
  'poolformer_s12',
  'vit_tiny_patch16_224',
  'vit_tiny_r_s16_p8_224',
  'eva02_tiny_patch14_336',
  'vit_pe_core_tiny_patch16_384',
  'cait_xxs24_224',
  'coat_lite_tiny',
  'coat_tiny',
  'convit_tiny',
  'pit_ti_224',
  'pit_ti_distilled_224',
  'levit_conv_128s',
  'tiny_vit_5m_224',
  'visformer_tiny',
  'cspnext_tiny',
  'efficientvim_m1_dist',
  'iformer_t',
  'iformer_m_distilled',
  'lcnetv2_small',
  'lowformer_b0',
  'resnet50',
  'resnetblur50',
  'res2net50_26w_4s',

  'resnetv2_50d_gn',
  'regnetv_040',
  'inception_v3',
  'inception_v4',
  'inception_resnet_v2',
  'selecsls42b',
  'tresnet_m',
  'legacy_xception',
  'xception41',
  'xception41p',
  'resnet50_clip',
  'resnet50_mlp',
  'convnext_tiny_hnf',
  'davit_tiny',
  'rdnet_tiny',
  'nextvit_small',
  'focalnet_tiny_srf',
  'caformer_s18',
  'swin_tiny_patch4_window7_224',
  'swinv2_tiny_window8_256',
  'swinv2_cr_tiny_224',
  'hiera_tiny_224',
  'hieradet_small',
  'vit_pwee_patch16_reg1_gap_256',
  'vit_small_patch14_reg4_dinov2',
  'vit_relpos_small_patch16_224',
  'vit_small_patch16_rope_mixed_224',
  'vit_small_patch16_dinov3',
  'vitamin_small_224',
  'tnt_s_legacy_patch16_224',
  'twins_svt_small',
  'nest_tiny_jx',
  'volo_d1_224',
  'mvitv2_tiny',
  'sequencer2d_s',
  'mixer_s32_224',
  'resmlp_12_224',
  'convmixer_768_32',
  'lowformer_e1',
  'mobilenetv5_base',
  'nasnetalarge',
  'pnasnet5large',
  'vgg11',
  'cpubone_nano',
  'samvit_base_patch16_224',
  'beit_base_patch16_224',
  'naflexvit_base_patch16_gap',
  'gemma4_vit_167m',
  'qwen3_vit_88m',
  'deepseek_vit_412m',
];
